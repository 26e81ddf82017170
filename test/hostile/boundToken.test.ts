// A token that is bound to a certificate, in the hands of somebody who has the token and the certificate, which is
// no secret, but not its key.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldsSeenBy, jsonOf } from '../gateway/steps.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import {
  createAuthority,
  type TestAuthority,
  type TestCertificate,
} from '../support/certificates.ts'
import { createHttpClient, type HttpAnswer } from '../support/httpClient.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { spellingsOf, toLenientName } from '../support/spoofedNames.ts'
import { startWorld, type World } from '../support/world.ts'

const publicUrl = 'https://api.example.com'
const ownField = 'X-Machine-Identity'

let authority: TestAuthority
let owner: TestCertificate
let thief: TestCertificate
let rogue: RogueIssuer
/** Ends TLS itself; stands behind a proxy that speaks RFC 9440; behind one that speaks as nginx; asks for nothing. */
let direct: World
let behind: World
let nginx: World
let plain: World
let token: string

beforeAll(async () => {
  authority = createAuthority()
  owner = authority.sign('owner')
  thief = authority.sign('thief')
  const { certificate, key } = authority.sign('server')
  rogue = await startRogueIssuer()
  const start = (listen: object): Promise<World> =>
    startWorld({
      config: {
        publicUrl,
        listen,
        providers: [{ id: 'api', issuer: rogue.issuer, bearer: { audiences: [rogueApi] } }],
      },
      routes: [
        { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
        { match: { path: '/**' }, authenticate: ['bearer'], upstream: 'app' },
      ],
    })
  const trustedProxies = ['127.0.0.1']
  direct = await start({
    tls: { certificate, key, clientCertificates: { mode: 'request' } },
    // Because a proxy elsewhere that is believed is no reason to believe anybody else.
    trustedProxies: ['10.0.0.7'],
    forwardedCertificate: {},
  })
  behind = await start({ trustedProxies, forwardedCertificate: {} })
  nginx = await start({
    trustedProxies,
    forwardedCertificate: { field: ownField, format: 'escaped-pem' },
  })
  plain = await start({})
  token = await makeAccessToken(rogue, { claims: { cnf: { 'x5t#S256': owner.thumbprint } } })
})
afterAll(async () => {
  await Promise.all([direct, behind, nginx, plain].map((world) => world.stop()))
  await rogue.stop()
  authority[Symbol.dispose]()
})
beforeEach(() => {
  for (const { upstream } of [direct, behind, nginx, plain]) upstream.requests.splice(0)
})

interface Call {
  readonly world: World
  readonly fields?: readonly string[]
  readonly certificate?: TestCertificate
  readonly bearer?: string
  readonly path?: string
}

function call({
  world,
  fields = [],
  certificate,
  bearer = token,
  path,
}: Call): Promise<HttpAnswer> {
  const tls = world === direct ? { tls: { ca: authority.ca, ...certificate?.pair } } : {}
  return createHttpClient({ ports: { [publicUrl]: world.port }, ...tls }).request(
    publicUrl + (path ?? '/invoices'),
    { fields: [...fields, 'Authorization', `Bearer ${bearer}`] },
  )
}

function expectRefusal(answer: HttpAnswer, world: World, code = 'invalid_token'): void {
  expect(jsonOf(answer)).toMatchObject({ status: answer.status, code })
  expect(answer.status).toBe(code === 'invalid_token' ? 401 : 400)
  expect(answer.headers.location).toBeUndefined()
  expect(world.upstream.requests).toEqual([])
}

const toField = ({ der }: TestCertificate): string => `:${der.toString('base64')}:`
const toEscaped = ({ pair }: TestCertificate): string => encodeURIComponent(pair.cert)

describe('over TLS', () => {
  test('with no certificate, or the thief’s own, it is refused, also when it is known', async () => {
    expectRefusal(await call({ world: direct }), direct)
    expectRefusal(await call({ world: direct, certificate: thief }), direct)
    expect((await call({ world: direct, certificate: owner })).status).toBe(200)
    direct.upstream.requests.splice(0)
    for (let sent = 0; sent < 2; sent += 1) {
      expectRefusal(await call({ world: direct }), direct)
      expectRefusal(await call({ world: direct, certificate: thief }), direct)
    }
    const details = direct.logLines.flatMap(({ detail }) => detail ?? [])
    expect(details).toContain('cnf: x5t#S256, and no certificate')
    expect(details).toContain('cnf: x5t#S256, and another certificate')
  })

  test('the owner’s certificate in a field is believed in no spelling', async () => {
    for (const name of [...spellingsOf('Client-Cert'), 'X-SSL-Client-Cert', ownField]) {
      for (const value of [toField(owner), toEscaped(owner)]) {
        const fields = [name, value]
        expectRefusal(await call({ world: direct, certificate: thief, fields }), direct)
      }
    }
  })
})

describe('where nobody is asked for a certificate', () => {
  test('it is refused', async () => {
    expectRefusal(await call({ world: plain }), plain)
    expectRefusal(await call({ world: plain, fields: ['Client-Cert', toField(owner)] }), plain)
  })
})

describe('behind a trusted proxy', () => {
  test('it counts with the field that the proxy writes, and only with it', async () => {
    const fields = ['Client-Cert', toField(owner)]
    expect((await call({ world: behind, fields })).status).toBe(200)
    const escaped = [ownField.toLowerCase(), toEscaped(owner)]
    expect((await call({ world: nginx, fields: escaped })).status).toBe(200)
    behind.upstream.requests.splice(0)
    nginx.upstream.requests.splice(0)
    expectRefusal(await call({ world: behind }), behind)
    expectRefusal(await call({ world: behind, fields: ['Client-Cert', ''] }), behind)
    expectRefusal(await call({ world: behind, fields: ['Client-Cert', toField(thief)] }), behind)
    expectRefusal(await call({ world: behind, fields: [ownField, toEscaped(owner)] }), behind)
    expectRefusal(await call({ world: nginx, fields }), nginx)
    expectRefusal(await call({ world: nginx, fields: [ownField, toEscaped(thief)] }), nginx)
  })

  test('another spelling of the field, which the proxy let pass, is not believed', async () => {
    const spellings = spellingsOf('Client-Cert').filter((it) => it.toLowerCase() !== 'client-cert')
    for (const name of spellings) {
      const fields = [name, toField(owner)]
      expectRefusal(await call({ world: behind, fields }), behind)
      const beside = [...fields, 'Client-Cert', toField(thief)]
      expectRefusal(await call({ world: behind, fields: beside }), behind)
    }
  })

  test.each([
    ['twice', () => [toField(thief), toField(owner)]],
    ['twice, the same', () => [toField(owner), toField(owner)]],
    ['as a list', () => [`${toField(owner)}, ${toField(owner)}`]],
    ['without its colons', () => [owner.der.toString('base64')]],
    ['as nginx writes it', () => [toEscaped(owner)]],
    ['as nonsense', () => ['yes']],
  ])('a field that is there %s is no request', async (_, values) => {
    const fields = values().flatMap((value) => ['Client-Cert', value])
    expectRefusal(await call({ world: behind, fields }), behind, 'request_malformed')
  })
})

describe('a binding that cannot be read is none that holds:', () => {
  test.each([
    ['a number', { 'x5t#S256': 1 }],
    ['empty', { 'x5t#S256': '' }],
    ['null', { 'x5t#S256': null }],
    ['a list with the right one', () => ({ 'x5t#S256': [owner.thumbprint] })],
    ['in hex', () => ({ 'x5t#S256': Buffer.from(owner.thumbprint, 'base64url').toString('hex') })],
    ['padded', () => ({ 'x5t#S256': `${owner.thumbprint}=` })],
    ['by SHA-1', () => ({ x5t: owner.thumbprint })],
    ['beside another that nobody checks', () => ({ 'x5t#S256': owner.thumbprint, kid: 'x' })],
    ['nothing', {}],
    ['text', 'x5t#S256'],
  ])('%s', async (_, cnf) => {
    const claims = { cnf: typeof cnf === 'function' ? cnf() : cnf }
    const bearer = await makeAccessToken(rogue, { claims })
    expectRefusal(await call({ world: direct, certificate: owner, bearer }), direct)
  })
})

test('no upstream hears of a certificate from a client or a proxy, in any spelling, on any path', async () => {
  const names = [
    'Client-Cert',
    'Client-Cert-Chain',
    'X-Client-Cert',
    'X-Forwarded-Client-Cert',
    'X-SSL-Client-Cert',
    'X-SSL-Client-Verify',
    'X-SSL-Client-S-DN',
    'SSL-Client-Cert',
    'Ssl-Client-Subject-Dn',
    'X-SSL-Cert',
  ]
  const forbidden = new Set([...names, ownField].map(toLenientName))
  for (const world of [direct, behind, nginx, plain]) {
    const ofWorld = world === nginx ? [...names, ownField] : names
    const fields = ofWorld
      .flatMap((name) => spellingsOf(name))
      // Because of this one, only the proxy's own spelling may come, and it has to be right.
      .filter((name) => name.toLowerCase() !== 'client-cert' || world !== behind)
      .filter((name) => name.toLowerCase() !== ownField.toLowerCase() || world !== nginx)
      .flatMap((name) => [name, 'forged'])
    if (world === behind) fields.push('Client-Cert', toField(owner))
    if (world === nginx) fields.push(ownField, toEscaped(owner))
    for (const path of ['/public/x', '/invoices']) {
      const answer = await call({ world, fields, path, certificate: owner })
      if (world !== plain || path !== '/invoices') expect(answer.status).toBe(200)
    }
    for (const request of world.upstream.requests) {
      const seen = Object.keys(fieldsSeenBy(request)).map(toLenientName)
      expect(seen.filter((name) => forbidden.has(name))).toEqual([])
    }
    expect(world.upstream.requests.length).toBeGreaterThan(0)
  }
})
