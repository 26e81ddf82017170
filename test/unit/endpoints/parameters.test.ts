import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { readForm } from '../../../src/endpoints/parameters.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import type { BodyLimits } from '../../../src/http/body.ts'

/** What becomes of a form of which so much arrives, and then nothing more. */
async function receive(text: string, limits: BodyLimits): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect(address.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const type = 'Content-Type: application/x-www-form-urlencoded'
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${type}\r\nContent-Length: 10\r\n\r\n${text}`)
  const [incoming]: IncomingMessage[] = await once(server, 'request')
  try {
    return (await readForm({ incoming: incoming! }, limits)).toString()
  } catch (error) {
    return error instanceof GatewayError ? error.code : 'fault'
  }
}

test('a form that arrives whole is read', async () => {
  expect(await receive('a=1&b=%202', { maxBytes: 10, timeout: 5000 })).toBe('a=1&b=+2')
})

test('a form that never ends is waited for so long, and no longer', async () => {
  expect(await receive('a=1', { maxBytes: 10, timeout: 50 })).toBe('request_timeout')
})

test('a form that is too long is refused', async () => {
  expect(await receive('a=1&b=%202', { maxBytes: 9, timeout: 5000 })).toBe('content_too_large')
})
