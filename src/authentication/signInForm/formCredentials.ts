// User name and password out of a form: each exactly once, under exactly its name. What an application might take for
// a second one makes the whole form ambiguous.

import type { SignInFormConfig } from '../../config/schema/signInForm.ts'
import { malformed, type Form, type FormField } from './form.ts'

export interface FormCredentials {
  readonly user: FormField
  readonly password: FormField
  /** Both as they were typed. */
  readonly typed: { readonly username: string; readonly password: string }
}

/** Undefined where one of them is missing or empty. @throws GatewayError `form_malformed` */
export function findFormCredentials(
  { fields }: Form,
  names: Pick<SignInFormConfig, 'user' | 'password'>,
): FormCredentials | undefined {
  const user = findOne(fields, names.user)
  const password = findOne(fields, names.password)
  if (user === undefined || password === undefined) return undefined
  const typed = { username: user.read(), password: password.read() }
  if (typed.username === '' || typed.password === '') return undefined
  return { user, password, typed }
}

/** The value of one of the form's other fields; undefined where it is missing, there twice, or no text. */
export function findFormValue({ fields }: Form, name: string): string | undefined {
  const found = fields.filter((field) => field.name === name)
  try {
    return found.length === 1 ? found[0]?.read() : undefined
  } catch {
    return undefined
  }
}

/**
 * Threat: the issuer judges one account, and an application that reads another field of the form opens another:
 * PHP takes `login[]` and `lo gin` for what it has, others forget case, and most read the query as well.
 *
 * @throws GatewayError `form_malformed`
 */
export function checkNotInQuery(
  query: string,
  { user, password }: Pick<SignInFormConfig, 'user' | 'password'>,
): void {
  // Threat: some readers take `;` for `&`, and `%u0075` for a letter.
  if (/;|%(?![0-9a-f]{2})/i.test(query)) throw malformed('a query that has two readings')
  for (const name of new URLSearchParams(query).keys()) {
    if (isLike(name, user) || isLike(name, password)) throw malformed('credentials in the query')
  }
}

function findOne(fields: readonly FormField[], name: string): FormField | undefined {
  const found = fields.filter((field) => isLike(field.name, name))
  if (found.length > 1) throw malformed('one of the two fields more than once')
  return found.find((field) => field.name === name)
}

function isLike(name: string, wanted: string): boolean {
  const [one, other] = [fold(name), fold(wanted)]
  if (one === other || one.startsWith(`${other}[`)) return true
  // Because PHP makes `_` of a bracket that is not closed, and drops what stands behind one that is.
  if (other.includes('[') && one.startsWith(other)) return true
  return one.replaceAll('[', '_') === other.replaceAll('[', '_')
}

// Because PHP cuts a name at NUL, drops spaces in front, and makes `_` of what no variable may have.
function fold(name: string): string {
  return name.split('\0', 1)[0]!.normalize('NFKC').trim().replaceAll(/[ .+]/g, '_').toLowerCase()
}
