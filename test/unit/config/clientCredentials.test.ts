import { describe, expect, test } from 'vitest'
import { toRequestedScopes } from '../../../src/config/routes/requestedScopes.ts'
import { load, problemsOf, warningsOf } from './configFile.ts'

/** Providers and the settings of the only route, as YAML flow mappings. */
function aConfig(providers: readonly string[], route: string): string {
  return `publicUrl: https://api.example.com
providers:
${providers.map((provider) => `  - { ${provider} }\n`).join('')}upstreams: { app: { url: http://127.0.0.1:3000 } }
routes:
  - { match: { path: /** }, upstream: app, ${route} }
`
}

const one = 'id: one, issuer: https://one.example, clientCredentials: {}'
const two =
  'id: two, issuer: https://two.example, clientCredentials: { resource: https://api.example }'
const bearer = 'id: three, issuer: https://three.example, bearer: { audiences: [a] }'
const people = 'id: people, issuer: https://people.example, clientId: x, clientSecret: y'
const way = 'authenticate: [client-credentials]'

describe('a sound configuration', () => {
  test.each<[string, string[], string]>([
    ['one provider, without a client of its own', [one], way],
    ['the provider that the route names', [one, two], `${way}, providers: [two]`],
    [
      'one of the providers that count',
      [one, bearer, people],
      'authenticate: [session, bearer, client-credentials]',
    ],
    ['scopes all of which are needed', [one], `${way}, require: { scopes: [a, b] }`],
    [
      'scopes that may do, where the route says which to ask for',
      [one],
      `${way}, require: { scopes: { anyOf: [a, b] } }, clientCredentials: { scopes: [] }`,
    ],
    ['a rule for clients', [one], `${way}, require: { principal: client }`],
  ])('%s', async (_name, providers, route) => {
    expect(await problemsOf(aConfig(providers, route))).toEqual([])
  })
})

describe('nothing starts with', () => {
  const at = 'routes[0].authenticate'
  test.each<[string, string[], string, string]>([
    ['clients of nobody', [bearer], way, at],
    ['clients of somebody, nobody knows whose', [one, two], way, at],
    ['scopes of which one may do', [one], `${way}, require: { scopes: { anyOf: [a, b] } }`, at],
    [
      'a place for tokens that is the one for secrets',
      [`${one}, bearer: { audiences: [a] }`],
      'authenticate: [bearer, client-credentials], bearerMethods: { basic: true }',
      'routes[0].bearerMethods.basic',
    ],
    [
      'scopes within rules',
      [one],
      `${way}, require: { anyOf: [{ scopes: [a] }, { roles: [b] }] }`,
      at,
    ],
    [
      'scopes to ask for that nobody asks for',
      [one, bearer],
      'authenticate: [bearer], clientCredentials: { scopes: [a] }',
      'routes[0].clientCredentials',
    ],
    ['people who cannot sign in', [one], 'authenticate: [session]', at],
    ...['grant_type', 'client_id', 'client_secret', 'scope', 'resource', 'audience'].map(
      (name): [string, string[], string, string] => [
        `a parameter ${name}`,
        [`id: one, issuer: https://one.example, clientCredentials: { parameters: { ${name}: x } }`],
        way,
        `providers[0].clientCredentials.parameters.${name}`,
      ],
    ),
    [
      'a client that proves nothing',
      [one.replace('{}', '{ clientAuthentication: none }')],
      way,
      'providers[0].clientCredentials.clientAuthentication',
    ],
  ])('%s', async (_name, providers, route, path) => {
    const problems = await problemsOf(aConfig(providers, route))
    expect(problems.map((problem) => problem.path)).toEqual([path])
  })
})

test('a route that hands the secrets of callers on is warned of', async () => {
  const paths = async (route: string) =>
    (await warningsOf(aConfig([one], route))).map(({ path }) => path)
  expect(await paths(`${way}, forwardAuthorization: true`)).toContain(
    'routes[0].forwardAuthorization',
  )
  expect(await paths(way)).not.toContain('routes[0].forwardAuthorization')
})

test('what holds unless something else is said', async () => {
  const loaded = await load(aConfig([one], way))
  expect('config' in loaded && loaded.config.providers[0]?.clientCredentials).toEqual({
    clientAuthentication: 'client_secret_basic',
    parameters: {},
    cacheTime: 600_000,
    negativeCacheTime: 5000,
    timeout: 10_000,
  })
})

test.each([
  ['nothing', {}, []],
  ['another rule', { require: { roles: ['x'] } }, []],
  ['a list', { require: { scopes: ['a', 'b'] } }, ['a', 'b']],
  ['all of a list', { require: { scopes: { allOf: ['a'] } } }, ['a']],
  ['any of a list', { require: { scopes: { anyOf: ['a'] } } }, undefined],
  ['both', { require: { scopes: { allOf: ['a'], anyOf: ['b'] } } }, undefined],
  ['a rule that excludes', { require: { not: { scopes: ['a'] } } }, undefined],
  [
    'a rule in a rule in a rule',
    { require: { allOf: [{ anyOf: [{ roles: ['x'] }, { scopes: ['a'] }] }] } },
    undefined,
  ],
  ['its own', { require: { scopes: ['a'] }, clientCredentials: { scopes: ['b'] } }, ['b']],
])('the scopes to ask for, where the route says %s', (_name, route, expected) => {
  expect(toRequestedScopes(route)).toEqual(expected)
})
