// The content of a sign-in form, read whole and taken apart by the type that it says it has.

import type { FormType, SignInFormConfig } from '../../config/schema/signInForm.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { readBody } from '../../http/body.ts'
import { findFieldValues } from '../../http/fields.ts'
import type { RoutedRequest } from '../../request.ts'
import { checkCount, type Form } from './form.ts'
import { parseJsonForm } from './jsonForm.ts'
import { parseMediaType, type MediaType } from './mediaType.ts'
import { parseMultipartForm } from './multipartForm.ts'
import { parseUrlencodedForm } from './urlencodedForm.ts'

export interface ReadForm {
  readonly body: Buffer
  readonly form: Form
}

const readingTimeout = 10_000

const parsers: Readonly<
  Record<FormType, (body: Buffer, type: MediaType, charset: string) => Form>
> = {
  'application/x-www-form-urlencoded': (body, _, charset) => parseUrlencodedForm(body, charset),
  'multipart/form-data': (body, { parameters }, charset) =>
    parseMultipartForm(body, parameters.get('boundary'), charset),
  'application/json': parseJsonForm,
}

/**
 * @throws GatewayError `unsupported_media_type`, `form_malformed`, `request_malformed`, `content_too_large`,
 *   `request_timeout`
 */
export async function readSignInForm(
  { received, route }: RoutedRequest,
  settings: SignInFormConfig,
): Promise<ReadForm> {
  const { contentTypes, maxSize } = settings
  const type = findType(received.fields)
  const formType = contentTypes.find((each) => each === type?.type)
  if (type === undefined || formType === undefined) {
    throw unsupported('a type that is not among contentTypes')
  }
  const charset = formType === 'application/json' ? 'utf-8' : settings.charset
  checkCoding(received.fields, type, charset)
  const maxBytes = Math.min(maxSize, route.maxBodySize ?? maxSize)
  const { incoming, response } = received
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) {
    throw new GatewayError('content_too_large', `over ${maxBytes} bytes`)
  }
  // RFC 9110 §10.1.1: who asks first is told to go on.
  if (incoming.headers.expect !== undefined && incoming.httpVersionMinor >= 1) {
    response.writeContinue()
  }
  const body = await readBody(received, { maxBytes, timeout: readingTimeout })
  const form = parsers[formType](body, type, charset)
  checkCount(form.fields)
  return { body, form }
}

/** Threat: of two types the application might believe the other one. */
function findType(fields: readonly string[]): MediaType | undefined {
  const [only, ...others] = findFieldValues(fields, 'content-type')
  return only === undefined || others.length > 0 ? undefined : parseMediaType(only)
}

function checkCoding(fields: readonly string[], { parameters }: MediaType, charset: string): void {
  const codings = findFieldValues(fields, 'content-encoding')
  if (codings.some((coding) => coding.trim().toLowerCase() !== 'identity')) {
    throw unsupported('content that is coded')
  }
  // Threat: PHP takes the first text that says `boundary`, wherever in the field it stands.
  const others = [...parameters].filter(([name]) => name !== 'boundary')
  if (others.flat().some((text) => /boundary/i.test(text))) throw unsupported('two boundaries')
  const said = parameters.get('charset')
  if (said !== undefined && said.toLowerCase() !== charset) throw unsupported('another charset')
}

function unsupported(detail: string): GatewayError {
  return new GatewayError('unsupported_media_type', detail)
}
