import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../../src/config/load.ts'
import { createFolder } from '../../../support/folder.ts'
import { aConfig, aKey, load, problemsOf, warningsOf } from '../configFile.ts'

const withSecret = (reference: string): string => aConfig().replace('a-client-secret', reference)

const withCertificate = (ca: string): string =>
  aConfig().replace('{ url: http://127.0.0.1:3000 }', `{ url: "https://10.0.0.1", ca: ${ca} }`)

describe('a client secret', () => {
  test('is read from the environment', async () => {
    const loaded = await load(withSecret('{ env: ACME }'), { env: { ACME: 'from env' } })
    expect('config' in loaded && loaded.config.providers[0]?.clientSecret?.reveal()).toBe(
      'from env',
    )
  })

  test('is read from a file beside the configuration, without its last line feed', async () => {
    await using folder = await createFolder()
    await folder.write('acme.secret', 'from file\n\r\n')
    const file = await folder.write('postern.yaml', withSecret('{ file: acme.secret }'))
    const loaded = await loadConfig(file, {}, () => [])
    expect('config' in loaded && loaded.config.providers[0]?.clientSecret?.reveal()).toBe(
      'from file\n',
    )
  })

  test('never shows when the configuration is printed', async () => {
    const loaded = await load(aConfig())
    expect('config' in loaded).toBe(true)
    expect(JSON.stringify(loaded)).not.toContain('a-client-secret')
  })

  test.each([
    ['a variable that is not set', '{ env: ACME }', {}, 'ACME is not set'],
    ['a variable that is empty', '{ env: ACME }', { ACME: '' }, 'ACME is empty'],
    ['a file that does not exist', '{ file: ./none }', {}, './none does not exist'],
    ['a folder in place of a file', '{ file: ./ }', {}, './ is a folder'],
  ])('%s is a problem at its place', async (_, reference, env, words) => {
    expect(await problemsOf(withSecret(reference), { env })).toEqual([
      {
        line: 6,
        column: 19,
        path: 'providers[0].clientSecret',
        message: expect.stringContaining(words),
      },
    ])
  })

  test.each([
    ['a variable', '{ env: "s3cr3t-With-Signs!" }'],
    ['a variable that looks like one', '{ env: s3cr3tWithout }'],
    ['a file', '{ file: "s3cr3t+/x9Qw==" }'],
    ['a file that looks like one', '{ file: s3cr3t-or-name }'],
  ])('that stands where the name of %s belongs is shown in no message', async (_, reference) => {
    const [problem, ...others] = await problemsOf(withSecret(reference))
    expect(others).toEqual([])
    expect(problem?.path).toMatch(/^providers\[0\]\.clientSecret/)
    expect(problem?.message).not.toMatch(/s3cr3t/)
  })

  test.each(['/run/secrets/acme', './acme', '../acme', 'secrets/acme.txt', 'acme.secret'])(
    'a file %s that does not exist is named',
    async (name) => {
      const [problem] = await problemsOf(withSecret(`{ file: ${name} }`))
      expect(problem?.message).toBe(`the file ${name} does not exist.`)
    },
  )

  test.each([
    '${CLIENT_SECRET}',
    '$CLIENT_SECRET',
    '%env(CLIENT_SECRET)%',
    '{{ secret }}',
    'env:CLIENT_SECRET',
    'file:/run/secrets/x',
  ])('written %s is warned about, because it is the secret itself', async (literal) => {
    const warnings = await warningsOf(withSecret(`"${literal}"`))
    const own = warnings.filter(({ path }) => path === 'providers[0].clientSecret')
    expect(own).toHaveLength(1)
    expect(own[0]?.message).toContain('not expanded')
    expect(own[0]?.message).not.toContain(literal)
  })

  test.each(['$2b$10$abcdefgh', '100%-sure%', 'a${b}'])(
    'that merely has such characters, %s, is not',
    async (literal) => {
      const warnings = await warningsOf(withSecret(`"${literal}"`))
      expect(warnings.map(({ path }) => path)).not.toContain('providers[0].clientSecret')
    },
  )

  test.each([
    ['one line end', 'secret\r\n', 'secret', 0],
    ['two line ends', 'secret\n\n', 'secret\n', 1],
    ['a space in front', ' secret\n', ' secret', 1],
  ])('out of a file with %s is what it is', async (_, content, value, count) => {
    await using folder = await createFolder()
    await folder.write('acme.secret', content)
    const file = await folder.write('postern.yaml', withSecret('{ file: acme.secret }'))
    const loaded = await loadConfig(file, {}, () => [])
    if ('problems' in loaded) throw new Error('it has problems')
    expect(loaded.config.providers[0]?.clientSecret?.reveal()).toBe(value)
    const odd = loaded.warnings.filter(({ message }) => message.includes('white space'))
    expect(odd).toHaveLength(count)
  })

  test('out of the environment with a line end is warned about', async () => {
    const loaded = await load(withSecret('{ env: ACME }'), { env: { ACME: 'secret\n' } })
    expect(loaded).toMatchObject({
      warnings: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('ACME begins or ends') }),
      ]),
    })
  })

  test('an empty file is a problem', async () => {
    await using folder = await createFolder()
    await folder.write('empty', '\n')
    const file = await folder.write('postern.yaml', withSecret('{ file: empty }'))
    const loaded = await loadConfig(file, {}, () => [])
    expect('problems' in loaded && loaded.problems[0]?.message).toBe('the file empty is empty.')
  })
})

describe('session keys', () => {
  test('come in the order of the file', async () => {
    const [one, two] = [aKey, `${aKey}2`]
    const loaded = await load(aConfig(`sessions: { keys: [{ env: ONE }, "${two}"] }\n`), {
      env: { ONE: one },
    })
    expect('config' in loaded && loaded.config.sessions.keys.map((key) => key.reveal())).toEqual([
      one,
      two,
    ])
  })

  test('of fewer than 32 bytes are a problem that does not show them', async () => {
    const problems = await problemsOf(aConfig(`sessions: { keys: ["${'k'.repeat(31)}"] }\n`))
    expect(problems).toEqual([
      expect.objectContaining({ line: 12, column: 20, path: 'sessions.keys[0]' }),
    ])
    expect(problems[0]?.message).not.toContain('kk')
  })

  test.each(['k'.repeat(43), '0123456789'.repeat(4), 'change-me-'.repeat(4)])(
    'that nobody drew at random, such as %s, are a problem that does not show them',
    async (key) => {
      const problems = await problemsOf(aConfig(`sessions: { keys: ["${key}"] }\n`))
      expect(problems).toEqual([
        expect.objectContaining({
          path: 'sessions.keys[0]',
          message: expect.stringContaining('postern keygen'),
        }),
      ])
      expect(problems[0]?.message).not.toContain(key.slice(0, 10))
    },
  )

  test.each(['hex', 'base64', 'base64url'] as const)('may be random bytes in %s', async (form) => {
    const key = randomBytes(32).toString(form)
    expect(await problemsOf(aConfig(`sessions: { keys: ["${key}"] }\n`))).toEqual([])
  })

  test('that are no list are told how one looks', async () => {
    const [problem] = await problemsOf(aConfig('sessions: { keys: { file: x } }\n'))
    expect(problem?.message).toBe('expected a list, such as [{ file: /run/secrets/postern-key }].')
  })
})

test('the Redis password is resolved like any other secret', async () => {
  const text = aConfig(
    `sessions: { store: redis, redis: { url: "redis://cache", password: { env: PW } }, keys: [${aKey}] }\n`,
  )
  const loaded = await load(text, { env: { PW: 'redis-password' } })
  expect('config' in loaded && loaded.config.sessions.redis?.password?.reveal()).toBe(
    'redis-password',
  )
})

describe('certificate files', () => {
  test('are looked up beside the configuration and handed on by absolute name', async () => {
    await using folder = await createFolder()
    const ca = await folder.write('ca.pem', '-----BEGIN CERTIFICATE-----\n')
    const file = await folder.write('postern.yaml', withCertificate('ca.pem'))
    const loaded = await loadConfig(file, {}, () => [])
    expect('config' in loaded && loaded.config.upstreams['billing']?.ca).toBe(ca)
  })

  test.each([
    ['is missing', undefined, 'does not exist'],
    ['holds no certificate', 'hello', 'expected a file with certificates'],
  ])('one that %s is a problem before anything starts', async (_, content, words) => {
    await using folder = await createFolder()
    if (content !== undefined) await folder.write('ca.pem', content)
    const file = await folder.write('postern.yaml', withCertificate('ca.pem'))
    const loaded = await loadConfig(file, {}, () => [])
    expect('problems' in loaded && loaded.problems).toEqual([
      expect.objectContaining({
        line: 8,
        path: 'upstreams.billing.ca',
        message: expect.stringContaining(words),
      }),
    ])
  })
})
