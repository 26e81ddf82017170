// User name and password out of a form: each exactly once, under exactly its name. What an application might take for
// a second one makes the whole form ambiguous.

import type { SignInFormConfig } from '../../config/schema/signInForm.ts'
import { isLikeField } from '../../http/formFields.ts'
import type { RoutedRequest } from '../../request.ts'
import { malformed, type Form, type FormField } from './form.ts'
import { parseUrlencoded } from './urlencodedForm.ts'

type FieldNames = Pick<SignInFormConfig, 'user' | 'password'>

export interface FormCredentials {
  readonly user: FormField
  readonly password: FormField
  /** Both as they were typed. */
  readonly typed: { readonly username: string; readonly password: string }
}

/** Undefined where one of them is missing or empty. @throws GatewayError `form_malformed` */
export function findFormCredentials(form: Form, names: FieldNames): FormCredentials | undefined {
  const user = findOne(form, names.user)
  const password = findOne(form, names.password)
  if (user === undefined || password === undefined) return undefined
  const { toText } = form.format
  const typed = { username: toText(user.value), password: toText(password.value) }
  if (typed.username === '' || typed.password === '') return undefined
  // Threat: to what is written in C, a name with NUL in it is one that ends there.
  if (/\p{Cc}/u.test(typed.username)) throw malformed('a user name with a control character')
  return { user, password, typed }
}

/** The value of one of the form's other fields; undefined where it is missing, there twice, or no text. */
export function findFormValue({ fields, format }: Form, name: string): string | undefined {
  const [only, ...others] = fields.filter((field) => field.name === name)
  if (only === undefined || others.length > 0) return undefined
  try {
    return format.toText(only.value)
  } catch {
    return undefined
  }
}

/**
 * For forms that are replayed, to an application that reads more than the form.
 *
 * Threat: most read the query as well, and some take `/login/user/bob` for a form.
 *
 * @throws GatewayError `form_malformed`
 */
export function checkAddress(
  { target, route }: Pick<RoutedRequest, 'target' | 'route'>,
  names: FieldNames,
): void {
  const isOneOfTwo = (name: string) =>
    isLikeField(name, names.user) || isLikeField(name, names.password)
  const query = Buffer.from(target.query.slice(1), 'latin1')
  if (parseUrlencoded(query, 'utf-8').some(({ name }) => isOneOfTwo(name))) {
    throw malformed('credentials in the query')
  }
  if (listPathNames(target.judgedPath, route.match.path).some(isOneOfTwo)) {
    throw malformed('credentials in the path')
  }
}

/** What has something behind it in the path, unless the pattern says it: `/login` may have a field called `login`. */
function listPathNames(path: string, pattern: string): string[] {
  const own = pattern.split('/')
  const steps = path.replace(/\/$/, '').split('/')
  const names = steps.slice(0, -1).filter((step, at) => step !== own[at])
  const pairs = path.split(/[/;,]/).filter((pair) => pair.includes('='))
  return [...names, ...pairs.map((pair) => pair.split('=', 1)[0]!)]
}

// Because old PHP makes `$photo_name` of a file in the field `photo`.
const ofFiles = ['', '_name', '_size', '_type', '_tmp_name', '_error']

function isReadAs({ name, file }: FormField, wanted: string): boolean {
  if (file === undefined) return isLikeField(name, wanted)
  return ofFiles.some((suffix) => isLikeField(name + suffix, wanted))
}

function findOne({ fields }: Form, wanted: string): FormField | undefined {
  const found = fields.filter((field) => isReadAs(field, wanted))
  if (found.length > 1) throw malformed('one of the two fields more than once')
  const [only] = found
  if (only?.file !== undefined) throw malformed('a file for one of the two fields')
  return only?.name === wanted ? only : undefined
}
