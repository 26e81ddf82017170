import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configSchema } from '../../../src/config/schema.ts'
import { createFolder } from '../../support/folder.ts'
import { load, printed, problemsOf, warningsOf } from './configFile.ts'

const aFile = (
  credentials: string,
  route = '',
  provider = '',
): string => `publicUrl: https://app.example.com
providers:
  - { id: acme, issuer: https://acme.example, clientId: c, clientSecret: s }
  - { id: api, issuer: https://acme.example, bearer: { audiences: [api] } }
${provider}upstreams:
  app:
    url: http://127.0.0.1:3000
    credentials: ${credentials}
routes:
  - match: { path: /** }
    upstream: app
${route}`

const fine = [
  '{ type: none }',
  '{ type: access-token }',
  '{ type: basic, password: p }',
  '{ type: basic, userClaim: email, password: p }',
  '{ type: client-credentials, provider: acme, scopes: [a], resource: "https://a.example" }',
  '{ type: client-credentials, provider: api, clientId: x, clientSecret: y }',
  '{ type: token-exchange, provider: acme, audience: a }',
]

describe('credentials of an upstream', () => {
  test.each(fine)('%s is fine', async (credentials) => {
    expect(await problemsOf(aFile(credentials))).toEqual([])
  })

  test.each([
    ['{ type: bearer }', 'upstreams.app.credentials.type'],
    ['{ provider: acme }', 'upstreams.app.credentials.type'],
    ['basic', 'upstreams.app.credentials'],
    ['{ type: basic }', 'upstreams.app.credentials.password'],
    ['{ type: access-token, scopes: [a] }', 'upstreams.app.credentials.scopes'],
    ['{ type: client-credentials }', 'upstreams.app.credentials.provider'],
    ['{ type: client-credentials, provider: nobody }', 'upstreams.app.credentials.provider'],
    ['{ type: client-credentials, provider: api }', 'upstreams.app.credentials'],
    ['{ type: token-exchange, provider: acme, clientId: x }', 'upstreams.app.credentials'],
    ['{ type: token-exchange, provider: acme, clientSecret: x }', 'upstreams.app.credentials'],
    ['{ type: basic, password: { env: NOT_SET } }', 'upstreams.app.credentials.password'],
    ['{ type: basic, password: { file: not-there.txt } }', 'upstreams.app.credentials.password'],
    [
      '{ type: client-credentials, provider: acme, resource: "a#b" }',
      'upstreams.app.credentials.resource',
    ],
  ])('%s is a problem of %s', async (credentials, path) => {
    expect((await problemsOf(aFile(credentials))).map((problem) => problem.path)).toEqual([path])
  })

  test('a type that nobody knows is named with those that there are, and the nearest', async () => {
    expect(await printed(aFile('{ type: acess-token }'))).toContain(
      'postern.yaml:8:26  upstreams.app.credentials.type: expected "none", "access-token", "client-credentials", "token-exchange" or "basic", found "acess-token". Did you mean "access-token"?',
    )
  })

  test('a password of the wrong form is in no message', async () => {
    const text = await printed(aFile('{ type: basic, password: { value: hunter2 } }'))
    expect(text).toContain('upstreams.app.credentials.password')
    expect(text).not.toContain('hunter2')
  })
})

describe('a route to such an upstream', () => {
  const made = ['access-token }', 'basic, password: p }', 'token-exchange, provider: acme }']

  test.each(made)('is not public where they are made of the caller: %s', async (rest) => {
    const problems = await problemsOf(aFile(`{ type: ${rest}`, '    access: public\n'))
    expect(problems.map(({ path }) => path)).toEqual(['routes[0].access'])
  })

  test('may be public where the token is the own one, with a warning', async () => {
    const text = aFile('{ type: client-credentials, provider: acme }', '    access: public\n')
    expect(await problemsOf(text)).toEqual([])
    expect((await warningsOf(text)).map(({ path }) => path)).toContain('routes[0].access')
  })

  test('does not let the field of the client through as well', async () => {
    const text = aFile('{ type: access-token }', '    forwardAuthorization: true\n')
    expect((await problemsOf(text)).map(({ path }) => path)).toEqual([
      'routes[0].forwardAuthorization',
    ])
    expect(await problemsOf(aFile('{ type: none }', '    forwardAuthorization: true\n'))).toEqual(
      [],
    )
  })

  test('writes no claim into the same field', async () => {
    const identity = '    identity: { headers: { authorization: token } }\n'
    const problems = await problemsOf(aFile('{ type: access-token }', identity))
    expect(problems.map(({ path }) => path)).toEqual(['routes[0].upstream'])
  })

  test('takes no tokens of an issuer that is not the one that exchanges them', async () => {
    const other = '  - { id: other, issuer: https://other.example, clientId: c }\n'
    const credentials = '{ type: token-exchange, provider: acme }'
    expect((await problemsOf(aFile(credentials, '', other))).map(({ path }) => path)).toEqual([
      'routes[0].upstream',
    ])
    expect(await problemsOf(aFile(credentials, '    providers: [acme]\n', other))).toEqual([])
    const named = await problemsOf(aFile(credentials, '    providers: [acme, other]\n', other))
    expect(named.map(({ path }) => path)).toEqual(['routes[0].providers'])
  })
})

test('secrets come from where the file says, and keep the name of their file', async () => {
  await using folder = await createFolder()
  const id = await folder.write('id', 'machine\n')
  const secret = await folder.write('secret', 'a secret\n')
  const loaded = await load(
    aFile(
      `{ type: client-credentials, provider: api, clientId: { file: ${id} }, clientSecret: { file: ${secret} } }`,
    ),
  )
  if (!('config' in loaded)) throw new Error(JSON.stringify(loaded))
  const { credentials } = loaded.config.upstreams['app']!
  if (!('client' in credentials)) throw new Error('no client')
  expect(credentials.client?.id.reveal()).toBe('machine')
  expect(credentials.client?.id.file).toBe(id)
  expect(credentials.client?.secret.reveal()).toBe('a secret')
  expect(JSON.stringify(loaded.config)).not.toContain('a secret')
})

test('the example of the page about upstreams is a configuration', async () => {
  const page = await readFile('docs/upstreams.md', 'utf8')
  const section = page.slice(page.indexOf('## Credentials for an upstream'))
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(section) ?? []
  const upstreams: unknown = parse(example)
  expect(configSchema.shape.upstreams.safeParse(Object(upstreams).upstreams).error).toBeUndefined()
  expect(Object.keys(Object(upstreams).upstreams)).toHaveLength(4)
})
