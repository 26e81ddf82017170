// A WebSocket handshake over a bare socket, as far as its status.

import { rawExchange } from '../support/httpClient.ts'

/** The status of the answer; 101 where the WebSocket is open. `lines` are further header lines. */
export async function openWebSocket(
  port: number,
  path: string,
  lines: readonly string[],
): Promise<number> {
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: localhost:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...lines,
  ]
  const text = await rawExchange(port, `${head.join('\r\n')}\r\n\r\n`, {
    until: (received) => received.includes('\r\n\r\n'),
  })
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
}
