import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFolder, type Folder } from '../../support/folder.ts'
import { startForwarding } from '../../support/forwardFixture.ts'
import { answering, connectRaw, startRawUpstream } from '../../support/rawUpstream.ts'
import { certificate, key } from './certificate.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

let folder: Folder
let ca: string

beforeAll(async () => {
  folder = await createFolder()
  ca = await folder.write('ca.pem', certificate)
})

afterAll(() => folder[Symbol.asyncDispose]())

function startTlsUpstream() {
  return startRawUpstream(answering(ok), {
    cert: certificate,
    key,
    ALPNProtocols: ['h2', 'http/1.1'],
  })
}

describe('an https upstream', () => {
  test('is asked for by its own name, whatever Host the client sends, on one connection', async () => {
    await using upstream = await startTlsUpstream()
    await using gateway = await startForwarding(`https://localhost:${upstream.port}`, {
      settings: { ca },
    })
    const client = connectRaw(gateway.port)
    for (const host of ['app.test', 'other.test', '10.0.0.1']) {
      client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      await client.waitFor('ok', client.received.length)
    }
    const { socket, received } = await upstream.connection()
    if (!(socket instanceof TLSSocket)) throw new Error('not over TLS')
    expect(socket.servername).toBe('localhost')
    expect(socket.alpnProtocol).toBe('http/1.1')
    expect(received.match(/host: .*/g)).toEqual([
      'host: app.test',
      'host: other.test',
      'host: 10.0.0.1',
    ])
    expect(upstream.connections).toHaveLength(1)
  })

  test.each([
    ['of an unknown authority', 'localhost', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['for another name', '127.0.0.1', { ca: true }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('with a certificate %s is sent nothing: 502', async (_, host, settings, code) => {
    await using upstream = await startTlsUpstream()
    await using gateway = await startForwarding(`https://${host}:${upstream.port}`, {
      settings: 'ca' in settings ? { ca } : {},
    })
    const client = connectRaw(gateway.port)
    client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await client.waitFor('upstream_unreachable')
    expect(gateway.refusals[0]!.detail).toBe(`app: its TLS is not accepted (${code})`)
    expect(upstream.connections.map(({ received }) => received).join('')).toBe('')
  })

  test('whose authority cannot be read fails at the start', async () => {
    const settings = { ca: join(folder.path, 'absent.pem') }
    await expect(startForwarding('https://localhost:1', { settings })).rejects.toThrow('ENOENT')
  })
})
