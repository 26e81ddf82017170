import { describe, expect, test } from 'vitest'
import { aConfig, aKey, problemsOf, warningsOf } from './configFile.ts'

const replaced = (from: string, to: string): string => aConfig().replace(from, to)
const another = (lines: string): string =>
  replaced('upstreams:', `  - id: other\n    issuer: https://other.example\n${lines}upstreams:`)

describe('nothing starts with', () => {
  test.each([
    [
      'an upstream that is not there',
      replaced('upstream: billing', 'upstream: biling'),
      'routes[0].upstream',
    ],
    ['a provider that is not there', aConfig('    providers: [acne]\n'), 'routes[0].providers[0]'],
    [
      'one id for two providers',
      another('    clientId: x\n').replace('id: other', 'id: acme'),
      'providers[1].id',
    ],
    [
      'one name for two routes',
      aConfig('    name: a\n  - name: a\n    match: { path: /b }\n    upstream: billing\n'),
      'routes[1].name',
    ],
    [
      'the redis store without a server',
      aConfig(`sessions: { store: redis, keys: [${aKey}] }\n`),
      'sessions.store',
    ],
    [
      'the redis store without keys that all replicas have',
      aConfig('sessions: { store: redis, redis: { url: "redis://x" } }\n'),
      'sessions.store',
    ],
    [
      'TLS settings for plain redis://',
      aConfig(
        `sessions: { store: redis, redis: { url: "redis://x", tls: {} }, keys: [${aKey}] }\n`,
      ),
      'sessions.redis.tls',
    ],
    [
      'HS256 with a secret that can be guessed from a token',
      replaced('clientId: postern', 'clientId: x\n    idTokenAlgorithms: [HS256]'),
      'providers[0].clientSecret',
    ],
    [
      'an authorization parameter that would send the answer elsewhere',
      replaced(
        'clientId: postern',
        'clientId: x\n    authorizationParameters: { response_mode: form_post }',
      ),
      'providers[0].authorizationParameters.response_mode',
    ],
    [
      'an authorization parameter that is made for each login',
      replaced('clientId: postern', 'clientId: x\n    authorizationParameters: { nonce: "1" }'),
      'providers[0].authorizationParameters.nonce',
    ],
    [
      'scopes without openid',
      another('    clientId: x\n    scopes: [email]\n'),
      'providers[1].scopes',
    ],
    [
      'a secret that the client may not use',
      replaced('clientId: postern', 'clientId: x\n    clientAuthentication: none'),
      'providers[0].clientAuthentication',
    ],
    [
      'client authentication without a secret',
      another('    clientId: x\n    clientAuthentication: client_secret_post\n'),
      'providers[1].clientAuthentication',
    ],
    [
      'HS256 without a secret',
      another('    clientId: x\n    idTokenAlgorithms: [HS256]\n'),
      'providers[1].idTokenAlgorithms',
    ],
    ['an issuer on plain http', replaced('https://acme', 'http://acme'), 'providers[0].issuer'],
    [
      'both listeners on one port',
      aConfig('admin: { address: 127.0.0.1:8080 }\n'),
      'admin.address',
    ],
    [
      'a lifetime shorter than the idle timeout',
      aConfig('sessions: { lifetime: 10m }\n'),
      'sessions.lifetime',
    ],
    [
      'a claim written to Host',
      aConfig('identity: { headers: { Host: sub } }\n'),
      'identity.headers.Host',
    ],
    [
      'a claim written to Transfer-Encoding',
      aConfig('    identity: { headers: { Transfer-Encoding: sub } }\n'),
      'routes[0].identity.headers.Transfer-Encoding',
    ],
    [
      'two headers that an upstream reads as one',
      aConfig('identity: { headers: { X-A: a, x_a: { template: "{b}" } } }\n'),
      'identity.headers.x_a',
    ],
  ])('%s', async (_, text, path) => {
    expect((await problemsOf(text)).map((problem) => problem.path)).toEqual([path])
  })

  test('a mistyped upstream, and the one that was meant is named', async () => {
    const [problem] = await problemsOf(replaced('upstream: billing', 'upstream: biling'))
    expect(problem?.message).toBe(
      'expected the name of an upstream (billing), found "biling". Did you mean "billing"?',
    )
  })
})

test.each([
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
])('the authorization parameter %s is not free to be set', async (name) => {
  const [problem, ...others] = await problemsOf(
    replaced('clientId: postern', `clientId: x\n    authorizationParameters: { ${name}: x }`),
  )
  expect(others).toEqual([])
  expect(problem).toMatchObject({
    path: `providers[0].authorizationParameters.${name}`,
    message: 'not free to be set here: it is set otherwise, or the request depends on it.',
  })
})

describe('it starts with', () => {
  test('HS256 where the secret has 32 bytes', async () => {
    const text = aConfig()
      .replace('a-client-secret', 's'.repeat(32))
      .replace('clientId: postern', 'clientId: x\n    idTokenAlgorithms: [HS256]')
    expect(await problemsOf(text)).toEqual([])
  })

  test('an issuer on plain http where that is allowed by name', async () => {
    const text = `${replaced('https://acme', 'http://acme')}insecure: { allowHttpIssuer: true }\n`
    expect(await problemsOf(text)).toEqual([])
    expect((await warningsOf(text)).map(({ path }) => path)).toContain('insecure.allowHttpIssuer')
  })

  test('both listeners on port 0', async () => {
    const text = aConfig('listen: { address: "127.0.0.1:0" }\nadmin: { address: "127.0.0.1:0" }\n')
    expect(await problemsOf(text)).toEqual([])
  })

  test('a public client that has no secret', async () => {
    expect(await problemsOf(another('    clientId: x\n'))).toEqual([])
  })
})

describe('it warns about', () => {
  test.each([
    ['sessions that cannot be ended', aConfig(), 'sessions.store'],
    ['sessions that end with the process', aConfig(), 'sessions.keys'],
    ['a public URL on plain http', replaced('https://app', 'http://app'), 'publicUrl'],
    [
      'an admin listener that others reach',
      aConfig('admin: { address: 0.0.0.0:9090 }\n'),
      'admin.address',
    ],
    [
      'a trusted IPv4 network that is everybody',
      aConfig('listen: { trustedProxies: [10.0.0.7, 0.0.0.0/0] }\n'),
      'listen.trustedProxies[1]',
    ],
    [
      'a trusted IPv6 network that is everybody',
      aConfig('listen: { trustedProxies: ["::/0"] }\n'),
      'listen.trustedProxies[0]',
    ],
    [
      'an upstream that no route leads to',
      replaced('routes:', '  shop: { url: http://a }\nroutes:'),
      'upstreams.shop',
    ],
    [
      'redis settings that are not used',
      aConfig('sessions: { redis: { url: "redis://x" } }\n'),
      'sessions.redis',
    ],
  ])('%s', async (_, text, path) => {
    expect((await warningsOf(text)).map((warning) => warning.path)).toContain(path)
  })

  test.each([
    ['bearer', 'bearer: { audiences: [x] }'],
    ['client-credentials', 'clientCredentials: {}'],
  ])('nothing about sessions where the only way in is %s', async (way, settings) => {
    const text = aConfig(`    authenticate: [${way}]\n`).replace(
      /clientId[^]*?(?=upstreams)/,
      `${settings}\n`,
    )
    expect((await warningsOf(text)).map(({ path }) => path)).toEqual([])
  })

  test('a key that is made at start, where replicas have to open the nonces of each other', async () => {
    const text = aConfig('    authenticate: [bearer]\n').replace(
      /clientId[^]*?(?=upstreams)/,
      'bearer: { audiences: [x], dpop: { nonce: true } }\n',
    )
    expect((await warningsOf(text)).map(({ path }) => path)).toEqual(['sessions.keys'])
  })

  test.each(['http://localhost:8080', 'http://127.0.0.1', 'http://[::1]:80', 'http://a.localhost'])(
    'nothing where the public URL is %s',
    async (url) => {
      const warnings = await warningsOf(replaced('https://app.example.com', url))
      expect(warnings.map(({ path }) => path)).not.toContain('publicUrl')
    },
  )

  const atHost = (host: string, more = ''): string =>
    aConfig().replace('{ path: /** }', `{ host: "${host}", path: /** }${more}`)

  test.each(['other.example.com', '*.other.example', 'app.example.com:8443', 'example.com'])(
    'a session that is asked for at %s, where no browser has one',
    async (host) => {
      const warnings = await warningsOf(atHost(host))
      expect(warnings.map(({ path }) => path)).toContain('routes[0].match.host')
    },
  )

  test.each([
    ['the public host', 'app.example.com', ''],
    ['all below its domain', '*.example.com', ''],
    ['another host whose route is public', 'other.example.com', '\n    access: public'],
  ])('nothing for %s', async (_, host, more) => {
    const warnings = await warningsOf(atHost(host, more))
    expect(warnings.map(({ path }) => path)).not.toContain('routes[0].match.host')
  })

  test('nothing where the store is shared and the keys are set', async () => {
    const sessions = `{ store: redis, redis: { url: "redis://x" }, keys: ["${aKey}"] }`
    expect(await warningsOf(aConfig(`sessions: ${sessions}\n`))).toEqual([])
  })
})
