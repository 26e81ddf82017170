// Requests written by hand, and the answers that came back on one connection.

import { rawExchange, type RawExchangeOptions } from '../support/httpClient.ts'

export interface RawHead {
  readonly host: string
  readonly method?: string
  readonly target: string
  /** Lines without their ends. */
  readonly lines?: readonly string[]
}

/** A head with its blank line. */
export function toHead({ host, method = 'GET', target, lines = [] }: RawHead): string {
  return [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n')
}

export const handshakeLines: readonly string[] = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

export interface RawAnswers {
  /** The status of each answer, in order; interim answers included. */
  readonly statuses: readonly number[]
  readonly text: string
}

/** Writes the bytes, and waits until the gateway closes or `until` holds. */
export async function exchangeRaw(
  port: number,
  bytes: string | Uint8Array,
  options: RawExchangeOptions = {},
): Promise<RawAnswers> {
  const text = await rawExchange(port, bytes, options)
  return { statuses: statusesOf(text), text }
}

/** Because our answers and the upstream's echo are one line of JSON or HTML each, no body has such a line. */
export function statusesOf(text: string): number[] {
  return Array.from(text.matchAll(/(?:^|\n|\})HTTP\/1\.1 (\d{3}) /g), ([, status]) =>
    Number(status),
  )
}

/** For `until`: so many heads have come. */
export function hasAnswers(count: number): (received: string) => boolean {
  return (received) => (received.match(/\r\n\r\n/g)?.length ?? 0) >= count
}
