import { expect, test } from 'vitest'
import { load, problemsOf, warningsOf } from '../configFile.ts'

const acme = `  - id: acme
    issuer: https://acme.example/oidc
    clientId: postern
    clientSecret: a-client-secret
    password: {}
    clientCredentials: {}
    bearer: { audiences: [api] }
`

function aFile(route: string, providers = acme): string {
  return `publicUrl: https://app.example.com
sessions: { keys: [a-key-of-32-bytes-that-nobody-else-has-used], store: memory }
upstreams:
  billing: { url: http://127.0.0.1:3000 }
routes:
  - match: { path: /** }
    upstream: billing
${route.replaceAll(/^/gm, '    ')}
providers:
${providers}`
}

test.each([
  [
    'what Basic holds could be a secret',
    'authenticate: [basic-password, client-credentials]',
    acme,
    'authenticate',
  ],
  [
    'what Basic holds could be a token',
    'authenticate: [basic-password, bearer]\nbearerMethods: { basic: true }',
    acme,
    'bearerMethods.basic',
  ],
  [
    'the application would get passwords',
    'authenticate: [basic-password]\nforwardAuthorization: true',
    acme,
    'forwardAuthorization',
  ],
  [
    'nobody takes them',
    'authenticate: [basic-password]',
    acme.replace(/ +password.*\n/, ''),
    'authenticate',
  ],
  [
    'nobody knows whose they are',
    'authenticate: [basic-password]',
    acme + acme.replaceAll('acme', 'other'),
    'authenticate',
  ],
])('passwords by Basic are refused where %s', async (_, route, providers, path) => {
  const problems = await problemsOf(aFile(route, providers))
  expect(problems.map((problem) => problem.path)).toEqual([`routes[0].${path}`])
})

test('passwords by Basic are fine beside sessions and tokens, and each start warns of them', async () => {
  const file = aFile('authenticate: [session, bearer, basic-password]')
  expect(await load(file)).toHaveProperty('config')
  expect((await warningsOf(file)).map(({ path }) => path)).toEqual([
    'routes[0].authenticate',
    'providers[0].password',
  ])
})
