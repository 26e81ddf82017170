import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../errors/gatewayError.ts'
import { readBody, type BodyLimits } from '../http/body.ts'
import type { ReceivedRequest } from '../request.ts'

/** The one value of a parameter. Threat: of two, the reader behind us might believe the other one. */
export function findParameter(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

/** The first name that comes more than once. */
export function findDuplicate(parameters: URLSearchParams): string | undefined {
  const seen = new Set<string>()
  for (const name of parameters.keys()) {
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

/**
 * The parameters of a form; empty where the body is no form.
 * @throws GatewayError `request_malformed`, `content_too_large`, `request_timeout`
 */
export async function readForm(
  received: Pick<ReceivedRequest, 'incoming'>,
  limits: BodyLimits,
): Promise<URLSearchParams> {
  if (!isForm(received.incoming)) return new URLSearchParams()
  const body = await readBody(received, limits)
  return parseForm(body.toString('latin1'))
}

/** @throws GatewayError `unsupported_media_type` */
export function checkFormType({ incoming }: Pick<ReceivedRequest, 'incoming'>): void {
  if (isForm(incoming)) return
  throw new GatewayError('unsupported_media_type', 'no application/x-www-form-urlencoded body')
}

function isForm({ headers }: IncomingMessage): boolean {
  const type = headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase()
  return type === 'application/x-www-form-urlencoded'
}

// Because what is not UTF-8 would arrive as something else than was typed, without a word.
function parseForm(text: string): URLSearchParams {
  const form = new URLSearchParams(Buffer.from(text, 'latin1').toString('utf8'))
  const isMended = [...form].some((pair) => pair.some((part) => part.includes('\ufffd')))
  if (!isMended || /%EF%BF%BD|\xef\xbf\xbd/i.test(text)) return form
  throw new GatewayError('request_malformed', 'a form that is not UTF-8')
}
