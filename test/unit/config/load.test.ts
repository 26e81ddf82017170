import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { createFolder } from '../../support/folder.ts'
import { aConfig, load, printed, problemsOf } from './configFile.ts'

async function loaded(text: string, env?: NodeJS.ProcessEnv) {
  const result = await load(text, env === undefined ? {} : { env })
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join())
  return result.config
}

describe('a file that is fine', () => {
  test('becomes a Config with every default in place', async () => {
    const config = await loaded(aConfig())
    expect(config.listen.address).toEqual({ host: '0.0.0.0', port: 8080 })
    expect(config.admin.address).toEqual({ host: '127.0.0.1', port: 9090 })
    expect(config.sessions.idleTimeout).toBe(1_800_000)
    expect(config.listen.maxFieldsSize).toBe(16_384)
    expect(config.routes[0]?.access).toBe('signed-in')
  })

  test('cannot be changed once it is loaded, however deep', async () => {
    const config = await loaded(aConfig())
    expect(() => Object.assign(config.routes[0]!.match, { path: '/' })).toThrow(TypeError)
    expect(() => Object.assign(config.providers[0]!.scopes, ['x'])).toThrow(TypeError)
  })

  test('may use anchors, and problems inside an alias point at the anchor', async () => {
    const text = aConfig('  - match: { path: /b, methods: &m [get] }\n    upstream: billing\n')
    const twice = `${text}  - match: { path: /c, methods: *m }\n    upstream: billing\n`
    const problems = await problemsOf(twice)
    expect(problems.map(({ line, column, path }) => ({ line, column, path }))).toEqual([
      { line: 12, column: 37, path: 'routes[1].match.methods[0]' },
      { line: 12, column: 37, path: 'routes[2].match.methods[0]' },
    ])
  })

  test('keeps the key that is made at start out of reach, at 32 random bytes', async () => {
    const [one, other] = [await loaded(aConfig()), await loaded(aConfig())]
    expect(one.sessions.keys).toHaveLength(1)
    const bytes = Buffer.from(one.sessions.keys[0]!.reveal(), 'base64url')
    expect(bytes).toHaveLength(32)
    expect(one.sessions.keys[0]!.reveal()).not.toBe(other.sessions.keys[0]!.reveal())
  })
})

describe('a file that cannot be read as one', () => {
  test.each([
    ['is empty', ''],
    ['holds comments alone', '# nothing here\n'],
    ['is not UTF-8', Uint8Array.from([0x61, 0x3a, 0x20, 0xff, 0x0a])],
    ['unfolds its aliases without end', aliasBomb()],
  ])('that %s is one problem', async (_, content) => {
    expect(await problemsOf(content)).toHaveLength(1)
  })

  test('is named as a whole, without a gap where its line would be', async () => {
    expect(await printed('')).toMatch(/^postern\.yaml: the file is empty\. /)
  })

  test('that is missing, or a folder, is one problem that names what to do', async () => {
    await using folder = await createFolder()
    for (const file of [folder.path, `${folder.path}/absent.yaml`]) {
      const result = await loadConfig(file, {}, () => [])
      expect(result).toEqual({
        problems: [{ path: '', message: expect.stringContaining('--config FILE') }],
      })
    }
  })

  test.each([
    ['a duplicate key', 'publicUrl: https://a.example\npublicUrl: https://b.example\n', 2, 1],
    ['a second document', 'a: 1\n---\nb: 2\n', 2, 1],
    ['a tag', 'a: 1\nb: !include x\n', 2, 4],
    ['an alias without its anchor', 'a: 1\nb: *x\n', 2, 4],
    ['a tab as indentation', 'a:\n\tb: 1\n', 2, 1],
    ['a list as a key', '? [a]\n: 1\n', 1, 3],
    ['the key __proto__', 'upstreams:\n  __proto__: {}\n', 2, 3],
  ])('%s is a problem with its place', async (_, text, line, column) => {
    expect(await problemsOf(text)).toEqual([expect.objectContaining({ line, column })])
  })
})

describe('what the schema refuses', () => {
  test('is all said at once, in the order of the file, with place, finding and suggestion', async () => {
    const text = aConfig(
      'sesions: {}\nsessions:\n  store: reddis\n  idleTimeout: 30\nlisten: { address: 8080 }\n',
    ).replace('http://127.0.0.1:3000', 'localhost:3000')
    expect(await printed(text)).toBe(
      [
        'postern.yaml:8:19   upstreams.billing.url: expected an http(s) URL without path, query, credentials or wildcards, such as https://app.example.com, found "localhost:3000". Did you mean "http://localhost:3000"?',
        'postern.yaml:12:1   sesions: unknown setting. Did you mean "sessions"?',
        'postern.yaml:14:10  sessions.store: expected "cookie", "memory" or "redis", found "reddis". Did you mean "redis"?',
        'postern.yaml:15:16  sessions.idleTimeout: expected a duration, found 30. Did you mean "30s"?',
        'postern.yaml:16:20  listen.address: expected a host:port, found 8080. Did you mean "0.0.0.0:8080"?',
        '5 problems. Nothing was started.',
        '',
      ].join('\n'),
    )
  })

  test('is counted in the singular where it is one', async () => {
    expect(await printed(aConfig('clockSkew: 2m\n'))).toBe(
      'postern.yaml:12:12  clockSkew: expected a duration from 0s to 1m, found "2m".\n1 problem. Nothing was started.\n',
    )
  })

  test('a missing setting points at the mapping that lacks it and says what it is for', async () => {
    const [problem] = await problemsOf(aConfig().replace('    clientId: postern\n', ''))
    expect(problem).toMatchObject({ line: 3, column: 5, path: 'providers[0].clientId' })
    expect(problem?.message).toContain('required')
  })

  test('an unknown setting far from any known one comes with the list of known ones', async () => {
    const [problem] = await problemsOf(aConfig('log: { destination: x }\n'))
    expect(problem?.message).toBe('unknown setting. Known here: level.')
  })

  test('a number where a text is wanted is told to be put in quotes', async () => {
    const [problem] = await problemsOf(aConfig().replace('clientId: postern', 'clientId: 123'))
    expect(problem?.message).toBe('expected text, found 123. Put it in quotes.')
  })

  test('a rule with a slip in it is judged as the mapping that it is', async () => {
    const text = aConfig('    require: { groups: { anyof: [a] } }\n')
    expect(await problemsOf(text)).toEqual([
      {
        line: 12,
        column: 26,
        path: 'routes[0].require.groups.anyof',
        message: 'unknown setting. Did you mean "anyOf"?',
      },
    ])
  })

  test('an unknown setting does not hide a reference that leads nowhere', async () => {
    const problems = await problemsOf(aConfig('sesions: {}\n').replace(': billing', ': biling'))
    expect(problems.map(({ path }) => path)).toEqual(['routes[0].upstream', 'sesions'])
  })
})

describe('secrets stay out of every message', () => {
  const value = 'hunter2-is-the-secret'
  test.each([
    ['an unknown spelling of the setting', `    client_secret: ${value}`],
    ['a list in place of a secret', `    clientSecret: [${value}]`],
    ['an unknown source', `    clientSecret: { value: ${value} }`],
    ['a duplicate', `    clientSecret: ${value}\n    clientSecret: ${value}`],
    ['an unquoted star', `    clientSecret: *${value}`],
    ['an unquoted exclamation mark', `    clientSecret: !${value} x`],
    ['an unclosed quote', `    clientSecret: "${value}`],
    ['two colons', `    clientSecret: a: ${value}`],
    ['credentials in a URL', `    issuer: https://user:${value}@acme.example`],
  ])('%s', async (_, line) => {
    const text = aConfig().replace('    clientSecret: a-client-secret', line)
    const output = await printed(text)
    expect(output).toMatch(/problems?\. Nothing was started/)
    expect(output).not.toContain('hunter2')
  })

  test('a Redis URL with a password and the wrong scheme', async () => {
    const url = `http://u:${value}@cache:6379`
    const output = await printed(aConfig(`sessions: { store: redis, redis: { url: "${url}" } }\n`))
    expect(output).toContain('sessions.redis.url')
    expect(output).not.toContain('hunter2')
  })
})

test('what routing finds wrong is reported at its place in the file', async () => {
  const problems = await problemsOf(aConfig(), {
    findRouteProblems: ({ routes, prefix }) => [
      { index: 0, path: ['match', 'path'], message: `${routes.length} of ${prefix}` },
    ],
  })
  expect(problems).toEqual([
    { line: 10, column: 20, path: 'routes[0].match.path', message: '1 of /.postern.' },
  ])
})

function aliasBomb(): string {
  const levels = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'].map((pair) => pair.split(''))) {
    levels.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(', ')}]`)
  }
  return levels.join('\n')
}
