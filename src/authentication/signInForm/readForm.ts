// The content of a sign-in form, read whole and taken apart by the type that it says it has.

import type { FormType, SignInFormConfig } from '../../config/schema/signInForm.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { readBody } from '../../http/body.ts'
import { findFieldValues } from '../../http/fields.ts'
import type { ReceivedRequest, RoutedRequest } from '../../request.ts'
import { malformed, type Form, type FormField, type FormFormat } from './form.ts'
import { jsonFormat } from './jsonForm.ts'
import { parseMediaType, type MediaType } from './mediaType.ts'
import { multipartFormat } from './multipartForm.ts'
import { urlencodedFormat } from './urlencodedForm.ts'

const readingTimeout = 10_000

const formats: Readonly<Record<FormType, (charset: string, type: MediaType) => FormFormat>> = {
  'application/x-www-form-urlencoded': urlencodedFormat,
  'multipart/form-data': (charset, { parameters }) =>
    multipartFormat(charset, parameters.get('boundary')),
  'application/json': () => jsonFormat,
}

/**
 * @throws GatewayError `unsupported_media_type`, `form_malformed`, `request_malformed`, `content_too_large`,
 *   `request_timeout`
 */
export async function readSignInForm(
  { received, route }: RoutedRequest,
  settings: SignInFormConfig,
): Promise<Form> {
  const format = findFormat(findFieldValues(received.fields, 'content-type'), settings)
  const codings = findFieldValues(received.fields, 'content-encoding')
  if (codings.some((coding) => coding.trim().toLowerCase() !== 'identity')) {
    throw unsupported('content that is coded')
  }
  const { maxSize } = settings
  const body = await readContent(received, Math.min(maxSize, route.maxBodySize ?? maxSize))
  return { fields: format.parse(body), format }
}

/** @param said - All that say the type of the content. @throws GatewayError `unsupported_media_type` */
export function findFormat(
  said: readonly string[],
  settings: Pick<SignInFormConfig, 'contentTypes' | 'charset'>,
): FormFormat {
  // Threat: of two types the application might believe the other one.
  const type = said.length === 1 ? parseMediaType(said[0]!) : undefined
  const formType = settings.contentTypes.find((each) => each === type?.type)
  if (type === undefined || formType === undefined) {
    throw unsupported('a type that is not among contentTypes')
  }
  const charset = formType === 'application/json' ? 'utf-8' : settings.charset
  const format = formats[formType](charset, type)
  const saidCharset = type.parameters.get('charset')
  if (saidCharset !== undefined && saidCharset.toLowerCase() !== charset) {
    throw unsupported('another charset')
  }
  const suffix = saidCharset === undefined ? '' : `; charset=${saidCharset}`
  return {
    ...format,
    parse: (body) => checkCharsetField(format.parse(body), charset),
    write(fields) {
      const content = format.write(fields)
      return { ...content, type: content.type + suffix }
    },
  }
}

/** Threat: HTML has browsers say in this field how the others are encoded, and some readers believe it. */
function checkCharsetField(fields: readonly FormField[], charset: string): readonly FormField[] {
  const saying = fields.filter(({ name }) => name.toLowerCase() === '_charset_')
  if (saying.every(({ value }) => value.toString('latin1').toLowerCase() === charset)) return fields
  throw malformed('a field that says another charset')
}

async function readContent(received: ReceivedRequest, maxBytes: number): Promise<Buffer> {
  const { incoming, response } = received
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) {
    throw new GatewayError('content_too_large', `over ${maxBytes} bytes`)
  }
  // RFC 9110 §10.1.1: who asks first is told to go on.
  if (incoming.headers.expect !== undefined && incoming.httpVersionMinor >= 1) {
    response.writeContinue()
  }
  return readBody(received, { maxBytes, timeout: readingTimeout })
}

function unsupported(detail: string): GatewayError {
  return new GatewayError('unsupported_media_type', detail)
}
