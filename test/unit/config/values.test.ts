import { describe, expect, test } from 'vitest'
import { aConfig, aKey, printed, problemsOf } from './configFile.ts'

const pathsOf = async (text: string): Promise<string[]> =>
  (await problemsOf(text)).map(({ path }) => path)

const withRedis = (url: string): string =>
  aConfig(`sessions: { store: redis, redis: { url: "${url}" }, keys: [${aKey}] }\n`)

describe('the address of a Redis server', () => {
  test.each([
    'redis://cache',
    'redis://cache:6379',
    'redis://cache:6379/',
    'rediss://cache:6379/2',
    'redis://user:pass%20word@cache',
    'redis://[::1]:6379',
  ])('%s is fine', async (url) => {
    expect(await pathsOf(withRedis(url))).toEqual([])
  })

  test.each([
    ['a port that is none', 'redis://cache:99999'],
    ['no host', 'redis://:6379'],
    ['no host but a database', 'redis:///0'],
    ['half an IPv6 address', 'redis://[::1'],
    ['an escape that is none', 'redis://h%zz:6379'],
    ['a password with an escape that is none', 'redis://user:p%zz@cache'],
    ['a database that is no number', 'redis://cache/sessions'],
    ['options that would override ours', 'redis://cache?enableOfflineQueue=true'],
    ['a fragment', 'redis://cache#x'],
  ])('with %s is a problem, not a fault at the start', async (_, url) => {
    expect(await pathsOf(withRedis(url))).toEqual(['sessions.redis.url'])
  })

  test.each([
    'user:s3cret@cache:6379',
    'http://user:s3cret@cache',
    's3cret@cache',
    '//:s3cret@x@y',
  ])('%s is not printed with its password', async (url) => {
    const text = await printed(withRedis(url))
    expect(text.match(/sessions\.redis\.url/g)).toHaveLength(1)
    expect(text).not.toContain('s3cret')
  })
})

test.each(['/..', '/.', '/a/../b', '/x/.'])(
  'a prefix %s that no browser asks for is a problem',
  async (prefix) => {
    expect(await pathsOf(aConfig(`prefix: ${prefix}\n`))).toEqual(['prefix'])
  },
)

test('an issuer with a password in it is a problem that does not show it', async () => {
  const text = aConfig().replace('https://acme', 'https://:s3cret@acme')
  expect(await pathsOf(text)).toEqual(['providers[0].issuer'])
  expect(await printed(text)).not.toContain('s3cret')
})

test.each(['"a b"', "'a\"b'", "'a\\b'", '"é"', '""'])(
  'a scope written %s is a problem, not a request that no issuer understands',
  async (scope) => {
    const text = aConfig().replace(
      'clientId: postern',
      `clientId: x\n    scopes: [openid, ${scope}]`,
    )
    expect(await pathsOf(text)).toEqual(['providers[0].scopes[1]'])
  },
)

test.each([
  ['GTE', 'GET'],
  ['get', 'GET'],
  ['PSOT', 'POST'],
])('a method %s that no client sends is a problem, and %s is suggested', async (found, meant) => {
  const problems = await problemsOf(aConfig().replace('/** }', `/**, methods: [${found}] }`))
  expect(problems).toEqual([
    expect.objectContaining({
      path: 'routes[0].match.methods[0]',
      message: expect.stringContaining(`found "${found}". Did you mean "${meant}"?`),
    }),
  ])
})

test.each([
  ['^/admin.*$', '. Did you mean "/admin/**"?'],
  ['^/admin/(.*)', '. Did you mean "/admin/**"?'],
  ['^/admin$', '. Did you mean "/admin"?'],
  ['^/(a|b)/[0-9]+$', '.'],
])('a path %s is told to be no regular expression', async (path, advice) => {
  const [problem, ...others] = await problemsOf(aConfig().replace('/** }', `"${path}" }`))
  expect(others).toEqual([])
  expect(problem?.message).toBe(
    `expected a path pattern such as /api/**, not a regular expression, found "${path}"${advice}`,
  )
})

test('a rule without any condition is a problem', async () => {
  const [problem] = await problemsOf(aConfig('    require: {}\n'))
  expect(problem).toMatchObject({
    path: 'routes[0].require',
    message: 'expected at least one condition, found an empty mapping.',
  })
})
