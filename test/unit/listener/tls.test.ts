import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { configSchema } from '../../../src/config/schema.ts'
import type { z } from 'zod'
import { respond } from '../../../src/http/respond.ts'
import {
  createAuthority,
  type TestAuthority,
  type TestCertificate,
} from '../../support/certificates.ts'
import { overTls, rawExchange } from '../../support/httpClient.ts'
import { closed, startListener, statusOf, type ListenerWorld } from './startListener.ts'

type Listen = z.input<typeof configSchema.shape.listen>
type Clients = NonNullable<NonNullable<Listen>['tls']>['clientCertificates']

const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

let authority: TestAuthority
let server: TestCertificate
let other: TestCertificate

beforeAll(() => {
  authority = createAuthority()
  server = authority.sign('server')
  other = authority.sign('other')
})
afterAll(() => authority[Symbol.dispose]())

interface TlsWorld extends ListenerWorld {
  /** The thumbprint that was found for each request. */
  readonly shown: (string | undefined)[]
}

async function start(listen: Listen = {}, clientCertificates?: Clients): Promise<TlsWorld> {
  const { certificate, key } = server
  const shown: TlsWorld['shown'] = []
  const world = await startListener({
    listen: { tls: { certificate, key, clientCertificates }, ...listen },
    async handle(received) {
      shown.push(received.findCertificate?.())
      respond(received, { status: 200 })
    },
  })
  return { ...world, shown }
}

const send = (port: number, options: ConnectionOptions = {}, bytes = request): Promise<string> =>
  rawExchange(port, bytes, { tls: { ca: authority.ca, ...options } })

function open(port: number, options: ConnectionOptions = {}): TLSSocket {
  return connectTls({ port, ...overTls, ca: authority.ca, ...options }).on('error', () => {})
}

describe('a handshake', () => {
  test.each([
    ['in TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['for another protocol than HTTP/1.1', { ALPNProtocols: ['h2'] }],
  ] satisfies [string, ConnectionOptions][])(
    '%s comes to nothing, and is counted',
    async (_, options) => {
      await using world = await start()
      const ended = send(world.port, options)
      await expect(ended).rejects.toThrow(/alert/)
      await expect.poll(() => world.handshakeFailures()).toEqual({ protocol: 1 })
      expect(world.handled).toEqual([])
    },
  )

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('in %s is welcome', async (version) => {
    await using world = await start()
    const answer = await send(world.port, { minVersion: version, maxVersion: version })
    expect(statusOf(answer)).toBe(200)
    expect(world.handled[0]!.client.scheme).toBe('https')
  })

  test('that is none but plain HTTP gets no answer, and is counted', async () => {
    await using world = await start()
    const answer = await rawExchange(world.port, request).catch(() => '')
    expect(statusOf(answer)).toBe(0)
    await expect.poll(() => world.handshakeFailures()).toEqual({ plain_http: 1 })
    expect(world.logged).toEqual([{ client: '127.0.0.1', cause: 'ERR_SSL_HTTP_REQUEST' }])
  })

  test.each([
    ['never begun', ''],
    ['begun and left half-way', '\x16\x03\x01\x02\x00\x01'],
  ])('%s is cut off', async (_, bytes) => {
    await using world = await start({ headTimeout: '200ms' })
    const socket = connect(world.port, '127.0.0.1').on('error', () => {})
    socket.write(bytes, 'latin1')
    await closed(socket.resume())
    await expect.poll(() => world.handshakeFailures()).toEqual({ timeout: 1 })
  })

  test('that is underway does not hold up the draining, and is cut off', async () => {
    await using world = await start({ headTimeout: '10m' })
    const socket = connect(world.port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    // Because connections are accepted in their order, the first has been once the second is served.
    await send(world.port)
    await world.listener.drain(60_000)
    await closed(socket.resume())
    expect(world.handled).toHaveLength(1)
  })

  test('that ended leaves nothing behind: a second one on the connection is refused', async () => {
    await using world = await start()
    const socket = open(world.port, { maxVersion: 'TLSv1.2' })
    await once(socket, 'secureConnect')
    const refusal = Promise.withResolvers<Error | null>()
    socket.renegotiate({ rejectUnauthorized: true }, refusal.resolve)
    socket.once('close', () => refusal.resolve(new Error('closed')))
    expect(await refusal.promise).toBeInstanceOf(Error)
    socket.destroy()
  })
})

async function subjectShown(port: number): Promise<string | undefined> {
  const socket = open(port)
  await once(socket, 'secureConnect')
  const subject = socket.getPeerX509Certificate()?.subject
  socket.end()
  return subject
}

/** A folder of its own, with the files of one certificate under names that stay. */
async function createFiles(name: string): Promise<{ certificate: string; key: string }> {
  const folder = join(authority.folder, name)
  await mkdir(folder)
  const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  await copyFile(server.certificate, files.certificate)
  await copyFile(server.key, files.key)
  return files
}

const patient = { timeout: 20_000 }

describe('files that change', { timeout: 90_000 }, () => {
  test('are taken without a restart, and without an end to what is open', async () => {
    const files = await createFiles('changed')
    await using world = await startListener({ listen: { tls: files } })
    const before = open(world.port)
    await once(before, 'secureConnect')
    expect(await subjectShown(world.port)).toBe('CN=server')
    await copyFile(other.key, files.key)
    await copyFile(other.certificate, files.certificate)
    await expect.poll(() => subjectShown(world.port), patient).toBe('CN=other')
    before.setEncoding('latin1').write(request)
    expect(statusOf(String(await once(before, 'data')))).toBe(200)
  })

  test('and do not fit together are said, without a word of the key, while the former stay', async () => {
    const files = await createFiles('spoilt')
    await using world = await startListener({ listen: { tls: files } })
    await copyFile(other.key, files.key)
    const said = () => world.logged.map(({ detail }) => detail)
    const fault = 'the file of key holds a key that the certificate does not belong to'
    await expect.poll(said, patient).toContain(fault)
    expect(await subjectShown(world.port)).toBe('CN=server')
    await writeFile(files.certificate, 'nonsense')
    const worse = 'the file of certificate holds no certificate in PEM'
    await expect.poll(said, patient).toContain(worse)
    expect(await subjectShown(world.port)).toBe('CN=server')
    await copyFile(other.certificate, files.certificate)
    await expect.poll(() => subjectShown(world.port), patient).toBe('CN=other')
    const [, secret = ''] = (await readFile(other.key, 'utf8')).split('\n')
    expect(JSON.stringify(world.logged)).not.toContain(secret)
  })
})

/** The thumbprint that the gateway finds, for one request that is sent so. */
async function shown(
  world: TlsWorld,
  options: ConnectionOptions = {},
  lines: readonly string[] = [],
): Promise<string | undefined> {
  const bytes = request.replace('\r\n\r\n', ['', ...lines, '', ''].join('\r\n'))
  expect(statusOf(await send(world.port, options, bytes))).toBe(200)
  return world.shown.at(-1)
}

describe('certificates of clients', () => {
  let alice: TestCertificate
  let stranger: TestCertificate
  beforeAll(() => {
    alice = authority.sign('alice')
    stranger = authority.selfSign('stranger')
  })

  test('are not asked for unless they are configured', async () => {
    await using world = await start()
    expect(await shown(world, alice.pair)).toBeUndefined()
    expect(world.handled[0]!.findCertificate).toBeUndefined()
  })

  test('on request: who has none is served, who has one is known by it', async () => {
    await using world = await start({}, { mode: 'request' })
    expect(await shown(world)).toBeUndefined()
    expect(await shown(world, alice.pair)).toBe(alice.thumbprint)
    expect(await shown(world, stranger.pair)).toBe(stranger.thumbprint)
  })

  test('on request, with an authority: one of another counts as none', async () => {
    await using world = await start({}, { mode: 'request', ca: authority.file })
    expect(await shown(world, alice.pair)).toBe(alice.thumbprint)
    expect(await shown(world, stranger.pair)).toBeUndefined()
  })

  test('required: who has none, or one of another authority, asks for nothing', async () => {
    await using world = await start({}, { mode: 'require', ca: authority.file })
    expect(await shown(world, alice.pair)).toBe(alice.thumbprint)
    for (const options of [{}, stranger.pair]) {
      expect(statusOf(await send(world.port, options).catch(() => ''))).toBe(0)
    }
    expect(world.handled).toHaveLength(1)
    await expect.poll(() => world.handshakeFailures()).toEqual({ certificate: 2 })
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of a session that is resumed in %s are those that it began with',
    async (maxVersion) => {
      await using world = await start({}, { mode: 'request' })
      const first = open(world.port, { ...alice.pair, maxVersion })
      const [session]: Buffer[] = await once(first, 'session')
      first.destroy()
      expect(await shown(world, { maxVersion, session, ...stranger.pair })).toBe(alice.thumbprint)
    },
  )

  test('are looked at once for each connection', async () => {
    await using world = await start({}, { mode: 'request' })
    await send(world.port, alice.pair, request.replace('Connection: close\r\n', '') + request)
    const [one, two] = world.handled.map(({ findCertificate }) => findCertificate)
    expect(one).toBeTypeOf('function')
    expect(one).toBe(two)
  })

  test('of a trusted proxy itself are no certificates of its clients', async () => {
    const trustedProxies = ['127.0.0.1']
    await using world = await start({ trustedProxies }, { mode: 'request' })
    expect(await shown(world, alice.pair)).toBeUndefined()
    await using told = await start(
      { trustedProxies, forwardedCertificate: {} },
      { mode: 'request' },
    )
    expect(await shown(told, alice.pair)).toBeUndefined()
    const field = `Client-Cert: :${stranger.der.toString('base64')}:`
    expect(await shown(told, alice.pair, [field])).toBe(stranger.thumbprint)
  })
})

test('a trusted proxy over TLS that says nothing of the scheme has clients of https', async () => {
  await using world = await start({ trustedProxies: ['127.0.0.1'] })
  await shown(world, {}, ['X-Forwarded-For: 203.0.113.9'])
  await shown(world, {}, ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: http'])
  expect(world.handled.map(({ client }) => client.scheme)).toEqual(['https', 'http'])
})
