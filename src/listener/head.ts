// A request's head, walked once: the fields that decide about framing, host and loops. What llhttp lets through
// although it can be read in more than one way is refused here. Hot: measured by `npm run bench`.

import { METHODS, type IncomingMessage } from 'node:http'
import { GatewayError } from '../errors/gatewayError.ts'
import { isFieldNamed } from '../http/fields.ts'
import { malformed } from './malformed.ts'

// Because llhttp takes RTSP, too, with methods that are none of HTTP's.
const methods: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== 'TRACE'))

export interface Head {
  host: string | undefined
  hosts: number
  /** All Cookie fields joined by `; `. */
  cookies: string | undefined
  authorizations: number
  contentLength: string | undefined
  contentLengths: number
  transferEncoding: string | undefined
  expect: string | undefined
  maxForwards: string | undefined
  via: string | undefined
}

export function readHead(fields: readonly string[]): Head {
  const head: Head = {
    host: undefined,
    hosts: 0,
    cookies: undefined,
    authorizations: 0,
    contentLength: undefined,
    contentLengths: 0,
    transferEncoding: undefined,
    expect: undefined,
    maxForwards: undefined,
    via: undefined,
  }
  for (let at = 0; at < fields.length; at += 2) readField(head, fields[at]!, fields[at + 1]!)
  return head
}

/** By length first: most fields are none of these, and a number is compared faster than a name. */
function readField(head: Head, name: string, value: string): void {
  switch (name.length) {
    case 3:
      if (isFieldNamed(name, 'via')) head.via = join(head.via, value, ', ')
      return
    case 4:
      if (isFieldNamed(name, 'host')) {
        head.host = value
        head.hosts += 1
      }
      return
    case 6:
      if (isFieldNamed(name, 'cookie')) head.cookies = join(head.cookies, value, '; ')
      else if (isFieldNamed(name, 'expect')) head.expect = join(head.expect, value, ', ')
      return
    case 12:
      if (isFieldNamed(name, 'max-forwards')) {
        head.maxForwards = join(head.maxForwards, value, ', ')
      }
      return
    case 13:
      if (isFieldNamed(name, 'authorization')) head.authorizations += 1
      return
    case 14:
      if (isFieldNamed(name, 'content-length')) {
        head.contentLength = value
        head.contentLengths += 1
      }
      return
    case 17:
      if (isFieldNamed(name, 'transfer-encoding')) {
        head.transferEncoding = join(head.transferEncoding, value, ', ')
      }
  }
}

function join(before: string | undefined, value: string, separator: string): string {
  return before === undefined ? value : before + separator + value
}

/**
 * Everything about a head that does not depend on who sent it.
 *
 * @throws GatewayError `request_malformed`, `method_not_supported`, `expectation_failed`, `loop_detected`
 */
export function checkHead(incoming: IncomingMessage, head: Head, pseudonym: string): void {
  const isHttp11 = incoming.httpVersion === '1.1'
  // Because llhttp takes HTTP/0.9 and HTTP/2.0 written out as text.
  if (!isHttp11 && incoming.httpVersion !== '1.0') throw malformed('neither HTTP/1.1 nor HTTP/1.0')
  checkFraming(head, isHttp11)
  if (head.authorizations > 1) throw malformed('more than one Authorization field')
  if (!methods.has(incoming.method ?? '')) {
    throw new GatewayError('method_not_supported', 'TRACE, or none of the methods of HTTP')
  }
  if (head.via?.includes(pseudonym) === true) {
    throw new GatewayError('loop_detected', 'Via names this very process')
  }
  if (head.expect !== undefined && head.expect.toLowerCase() !== '100-continue') {
    throw new GatewayError('expectation_failed', 'Expect other than 100-continue')
  }
}

/** RFC 9112 §6: one way to find the end of the message, or none at all. */
function checkFraming(head: Head, isHttp11: boolean): void {
  const { transferEncoding, contentLength } = head
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) throw malformed('Content-Length and Transfer-Encoding')
    // RFC 9112 §6.1: a coding that is not implemented, or a coding in HTTP/1.0, hides where the message ends.
    if (!isHttp11 || transferEncoding.toLowerCase() !== 'chunked') {
      throw malformed('Transfer-Encoding other than chunked')
    }
  }
  if (contentLength === undefined) return
  if (head.contentLengths > 1 || !isLength(contentLength)) throw malformed('Content-Length')
}

/** Digits alone, and a number that JavaScript can count to. */
function isLength(text: string): boolean {
  return isDigits(text) && text.length <= 16 && Number.isSafeInteger(Number(text))
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return text.length > 0
}

/**
 * RFC 9110 §7.6.2: whether this hop is the one that has to answer OPTIONS itself.
 *
 * @throws GatewayError `request_malformed`
 */
export function isLastHop(method: string, maxForwards: string | undefined): boolean {
  if (maxForwards === undefined || method !== 'OPTIONS') return false
  if (!isDigits(maxForwards)) throw malformed('Max-Forwards')
  return Number(maxForwards) === 0
}
