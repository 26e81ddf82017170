import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { aConfig, createFolder, load, problemsOf } from './configFile.ts'

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
    ['a file that does not exist', '{ file: none }', {}, 'none does not exist'],
    ['a folder in place of a file', '{ file: . }', {}, '. is a folder'],
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
    const [one, two] = ['1'.repeat(32), '2'.repeat(32)]
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
})

test('the Redis password is resolved like any other secret', async () => {
  const text = aConfig(
    `sessions: { store: redis, redis: { url: "redis://cache", password: { env: PW } }, keys: [${'k'.repeat(43)}] }\n`,
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
