import { describe, expect, test } from 'vitest'
import { createFolder } from '../../support/folder.ts'
import { load, problemsOf } from './configFile.ts'
import { loadConfig } from '../../../src/config/load.ts'

/** Providers as YAML flow mappings, and the routes' authenticate and providers. */
function aConfig(providers: readonly string[], route = 'authenticate: [bearer]'): string {
  return `publicUrl: https://api.example.com
providers:
${providers.map((provider) => `  - { ${provider} }\n`).join('')}upstreams: { app: { url: http://127.0.0.1:3000 } }
routes:
  - { match: { path: /** }, upstream: app, ${route} }
`
}

const one = 'id: one, issuer: https://one.example'
const two = 'id: two, issuer: https://two.example'
const jwt = 'bearer: { audiences: [a] }'
const asked = 'bearer: { audiences: [a], validation: introspection }'
const client = 'clientId: x, clientSecret: y'

describe('a sound configuration', () => {
  test.each<[string, string[], string?]>([
    ['one issuer of JWTs, without a client', [`${one}, ${jwt}`]],
    ['several issuers', [`${one}, ${jwt}`, `${two}, ${asked}, ${client}`]],
    [
      'one issuer both ways, where the route names one',
      [`${one}, ${jwt}`, `${one.replace('one', 'asked')}, ${asked}, ${client}, signIn: false`],
      'authenticate: [bearer], providers: [asked]',
    ],
    [
      'people and machines',
      [`${one}, ${client}`, `${two}, ${jwt}`],
      'authenticate: [session, bearer]',
    ],
  ])('%s', async (_name, providers, route) => {
    expect(await problemsOf(aConfig(providers, route))).toEqual([])
  })
})

describe('nothing starts with', () => {
  test.each<[string, string[], string, string?]>([
    ['no audience', [`${one}, bearer: {}`], 'providers[0].bearer.audiences'],
    [
      'an empty list of audiences',
      [`${one}, bearer: { audiences: [] }`],
      'providers[0].bearer.audiences',
    ],
    [
      'an algorithm with a shared secret',
      [`${one}, bearer: { audiences: [a], algorithms: [HS256] }`],
      'providers[0].bearer.algorithms[0]',
    ],
    ['nobody to ask as', [`${one}, ${asked}`], 'providers[0].bearer.validation'],
    ['nobody to prove it', [`${one}, ${asked}, clientId: x`], 'providers[0].bearer.validation'],
    ['a secret without a client', [`${one}, ${jwt}, clientSecret: y`], 'providers[0].clientId'],
    ['people without a client', [`${one}, ${jwt}, signIn: true`], 'providers[0].clientId'],
    ['a route for tokens of nobody', [`${one}, ${client}`], 'routes[0].authenticate'],
    [
      'a route for people who cannot sign in',
      [`${one}, ${jwt}`],
      'routes[0].authenticate',
      'authenticate: [session]',
    ],
    [
      'two policies for one token',
      [`${one}, ${jwt}`, `${one.replace('one', 'again')}, ${jwt}`],
      'routes[0].authenticate',
    ],
    [
      'two to ask about an opaque token',
      [`${one}, ${asked}, ${client}`, `${two}, ${asked}, ${client}`],
      'routes[0].authenticate',
    ],
  ])('%s', async (_name, providers, path, route) => {
    expect((await problemsOf(aConfig(providers, route))).map((problem) => problem.path)).toEqual([
      path,
    ])
  })

  test.each([
    ['a file of keys that is not there', undefined],
    ['a file of keys that is no JSON', 'keys'],
    ['a file without a key that can be used', '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'],
  ])('%s', async (_name, content) => {
    await using folder = await createFolder()
    if (content !== undefined) await folder.write('keys.json', content)
    const text = aConfig([`${one}, bearer: { audiences: [a], keysFile: keys.json }`])
    const loaded = await loadConfig(await folder.write('postern.yaml', text), {}, () => [])
    const problems = 'problems' in loaded ? loaded.problems : []
    expect(problems.map(({ path }) => path)).toEqual(['providers[0].bearer.keysFile'])
  })
})

describe('an audience that is a client id of the same issuer', () => {
  const warningsOf = async (providers: readonly string[]) => {
    const loaded = await load(aConfig(providers))
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
    return loaded.warnings.map(({ path }) => path)
  }
  const own = (bearer: string): string =>
    `${one}, ${client}, bearer: { audiences: [a, x]${bearer} }`
  const path = 'providers[0].bearer.audiences[1]'

  test.each([
    ['its own', [own('')]],
    ['its own, though the issuer is asked besides', [own(', validation: both')]],
    [
      'that of another provider',
      [`${one}, bearer: { audiences: [a, x] }`, `id: web, issuer: https://one.example, ${client}`],
    ],
  ])('warns of ID Tokens: %s', async (_name, providers) => {
    expect(await warningsOf(providers)).toEqual([path])
  })

  test.each([
    ['types tell them apart', [own(', types: [at+jwt]')]],
    ['the issuer says what a token is', [own(', validation: introspection')]],
    [
      'it is a client of another issuer',
      [`${one}, bearer: { audiences: [a, x] }`, `${two}, ${client}`],
    ],
  ])('does not where %s', async (_name, providers) => {
    expect(await warningsOf(providers)).toEqual([])
  })
})

test('what is accepted unless something else is said', async () => {
  const loaded = await load(aConfig([`${one}, ${jwt}`]))
  const bearer = 'config' in loaded ? loaded.config.providers[0]?.bearer : undefined
  expect(bearer).toMatchObject({
    validation: 'jwt',
    types: ['at+jwt', 'jwt'],
    requiredClaims: {},
    introspection: { answer: 'json', cacheTime: 30_000, negativeCacheTime: 5000, timeout: 10_000 },
  })
  expect(bearer?.algorithms.filter((algorithm) => algorithm.startsWith('HS'))).toEqual([])
})
