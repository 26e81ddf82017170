import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { adminUrl, client, gatewayUrl, issuerUrl, places } from '../../../demo/places.ts'
import { accountPassword } from '../../../demo/stockRoom.ts'
import { writeRedisConfig } from '../../../demo/redis.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { createFolder } from '../../support/folder.ts'

const root = resolve(import.meta.dirname, '../../..')
const exampleConfig = join(root, 'config.example.yaml')

describe('npm run demo', () => {
  test('--help says what is started, on which ports, and exits 0', async () => {
    const ended = await runDemo(['--help'])
    expect(ended.code).toBe(0)
    expect(ended.stderr).toBe('')
    for (const word of ['--redis', '8080', '8081', '8082', '9090', 'Ctrl-C']) {
      expect(ended.stdout).toContain(word)
    }
  })

  test('an argument that it does not know is exit 2, and starts nothing', async () => {
    const ended = await runDemo(['--nope'])
    expect(ended.code).toBe(2)
    expect(ended.stdout).toBe('')
    expect(ended.stderr).toContain('--nope')
  })

  test('--redis without a redis-server is one line with the command that installs it', async () => {
    await using temporary = await createFolder()
    const ended = await runDemo(['--redis'], { PATH: temporary.path })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^[^\n]*apt-get install redis-server\n$/)
  })
})

describe('config.example.yaml', () => {
  test('is valid, and means the very issuer, application and ports that the demo starts', async () => {
    const config = configSchema.parse(parse(await readFile(exampleConfig, 'utf8')))
    const [provider] = config.providers
    expect(config.publicUrl).toBe(gatewayUrl)
    expect(config.listen.address).toEqual({ host: '127.0.0.1', port: places.gateway.port })
    expect(adminUrl).toBe(`http://${config.admin.address.host}:${config.admin.address.port}`)
    expect(provider?.issuer).toBe(issuerUrl)
    expect(provider?.clientId).toBe(client.client_id)
    expect(provider?.clientSecret).toBe(client.client_secret)
    const forms = config.routes.flatMap(({ signInForm }) => signInForm?.success.replay ?? [])
    expect(forms).toEqual([{ user: 'preferred_username', password: accountPassword }])
    expect(config.upstreams['legacy']?.url).toBe(`http://127.0.0.1:${places.legacyApp.port}`)
    expect(client.redirect_uris).toEqual([`${config.publicUrl}${config.prefix}/callback`])
    expect(client.post_logout_redirect_uris).toEqual([`${config.publicUrl}${config.prefix}/logout`])
  })

  test('differs with --redis in where sessions are kept, and in nothing else', async () => {
    await using temporary = await createFolder()
    const url = 'redis://127.0.0.1:6390'
    const derived = await writeRedisConfig(exampleConfig, temporary.path, url)
    const before = configSchema.parse(parse(await readFile(exampleConfig, 'utf8')))
    const after = configSchema.parse(parse(await readFile(derived, 'utf8')))
    expect(after.sessions).toMatchObject({ store: 'redis', redis: { url } })
    expect({ ...after, sessions: undefined }).toEqual({ ...before, sessions: undefined })
  })
})

/** Ends only once every process that inherited its output has ended too. */
async function runDemo(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(root, 'demo', 'main.ts'), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  await closed
  return { code: child.exitCode, stdout, stderr }
}
