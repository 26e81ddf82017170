// The real demo on its real ports, 8080 to 8082 and 9090. Other test files run at the same time: none but
// this one may use these ports, and here one demo runs after the other.

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gatewayUrl, issuerUrl, places } from '../../demo/places.ts'
import { accountPassword } from '../../demo/stockRoom.ts'
import { run } from '../../scripts/run.ts'
import { createHttpClient, type HttpAnswer, type HttpClient } from '../support/httpClient.ts'
import { startDemo, type Demo } from './demoProcess.ts'
import { until } from './steps.ts'

describe('npm run demo', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await startDemo()
  })
  afterAll(() => demo[Symbol.asyncDispose]())

  test('prints one table of where everything is and whom to sign in as', () => {
    const labels = [
      'Gateway',
      'Application',
      'Issuer',
      'Admin',
      'Accounts',
      'Try',
      'Machine',
      'Sessions',
    ]
    for (const word of [...labels, 'alice, password alice', 'bob, password bob', 'Ctrl-C']) {
      expect(demo.stdout()).toContain(word)
    }
    const paths = /^ +(Config|Log) /
    const tooWide = (line: string) => line.length > 80 && !paths.test(line)
    expect(demo.stdout().split('\n').filter(tooWide)).toEqual([])
  })

  test('its log warns of each dangerous switch of the example, the password grant first', async () => {
    const [, file = ''] = /^ +Log +(\S+)$/m.exec(demo.stdout()) ?? []
    // Because lines are written to the file several at a time.
    await until(async () => (await readFile(file, 'utf8')).includes('Postern is listening'), 20_000)
    expect(await readFile(file, 'utf8')).toContain('"setting":"providers[0].password"')
  })

  test('answers at every address that it prints', async () => {
    const urls = demo.stdout().match(/http:\/\/\S+/g) ?? []
    expect(urls).toHaveLength(12)
    const client = createHttpClient()
    const statuses = await Promise.all(urls.map(async (url) => (await client.navigate(url)).status))
    expect(statuses).toEqual(urls.map(() => 200))
  })

  test('says to whoever has no session and is no browser that one is needed', async () => {
    const answer = await createHttpClient().request(`${gatewayUrl}/headers.json`)
    expect(answer.status).toBe(401)
    expect(answer.json()).toMatchObject({ code: 'login_required' })
  })

  test('prints a command with which a program calls in, and what it prints is what the application was sent', async () => {
    const [line = ''] = /curl .*/.exec(demo.stdout()) ?? []
    const { succeeded, output } = await run('sh', [
      '-c',
      `${line} --silent --show-error --noproxy '*'`,
    ])
    expect(output).toContain('x-forwarded-client-id')
    const told: unknown = JSON.parse(output)
    expect({ succeeded, told }).toMatchObject({
      succeeded: true,
      told: {
        headers: {
          'x-forwarded-user': 'machine',
          'x-forwarded-client-id': 'machine',
          'x-forwarded-issuer': issuerUrl,
        },
      },
    })
    expect(output).not.toMatch(/authorization/i)
  })

  test('refuses a program whose secret is wrong, and tells it how to sign in', async () => {
    const wrong = Buffer.from('machine:wrong').toString('base64')
    const answer = await createHttpClient().request(`${gatewayUrl}/api/headers`, {
      fields: ['Authorization', `Basic ${wrong}`],
    })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Basic /)
  })

  test('lets alice see the administration, told who she is by headers alone', async () => {
    const { client, page } = await signIn('alice')
    expect(page.text).toContain('Good day, alice')
    const told = await client.navigate(`${gatewayUrl}/headers.json`)
    expect(told.json()).toMatchObject({
      headers: {
        'x-forwarded-user': 'alice',
        'x-forwarded-email': 'alice@example.com',
        'x-forwarded-groups': 'staff,admins',
        'x-forwarded-preferred-username': 'alice',
      },
    })
    expect(told.text).not.toContain('postern=')
    expect((await client.navigate(`${gatewayUrl}/admin`)).text).toContain('you are an admin')
  })

  test('signs people in by the form of an application that has its own, which never sees their password', async () => {
    const client = createHttpClient()
    const form = await client.navigate(`${gatewayUrl}/old/`)
    expect(form.url).toBe(`${gatewayUrl}/old/login`)
    const again = await client.submitForm(form, { login_name: 'bob', login_pass: 'wrong' })
    expect(again.text).toContain('Wrong name or password.')
    const page = await client.submitForm(again, { login_name: 'bob', login_pass: 'bob' })
    expect(page.url).toBe(`${gatewayUrl}/old/`)
    expect(page.text).toContain('Welcome, <b>bob</b>')
    expect(page.text).toContain(`<td>${accountPassword}</td>`)
    expect(page.text).not.toContain('<td>login_pass</td><td>bob</td>')
    expect((await client.navigate(`${gatewayUrl}/`)).text).toContain('Good day, bob')
  })

  test('its own logout link ends the session here, too', async () => {
    const client = createHttpClient()
    const form = await client.navigate(`${gatewayUrl}/old/login`)
    await client.submitForm(form, { login_name: 'bob', login_pass: 'bob' })
    const page = await client.navigate(`${gatewayUrl}/old/logout`)
    expect(page.url).toBe(`${gatewayUrl}/old/login`)
    expect((await client.navigate(`${gatewayUrl}/`)).url).toMatch(issuerUrl)
  })

  test('past the gateway, the password that people have at the issuer opens nothing', async () => {
    const client = createHttpClient()
    const form = await client.navigate(`http://localhost:${places.legacyApp.port}/old/login`)
    const page = await client.submitForm(form, { login_name: 'bob', login_pass: 'bob' })
    expect(page.text).toContain('Wrong name or password.')
  })

  test('refuses the administration to bob, on a page', async () => {
    const { client, page } = await signIn('bob')
    expect(page.text).toContain('Good day, bob')
    const refusal = await client.navigate(`${gatewayUrl}/admin`)
    expect(refusal.status).toBe(403)
    expect(refusal.text).toContain('You may not use this page')
  })

  test('signs out here and at the issuer, which asks for the password again', async () => {
    const { client } = await signIn('bob')
    const signedOut = await client.navigate(`${gatewayUrl}/.postern/logout`)
    expect(signedOut.url).toMatch(`${gatewayUrl}/.postern/logout`)
    expect(signedOut.text).toContain('You are signed out')
    const next = await client.navigate(`${gatewayUrl}/`)
    expect(next.url).toMatch(issuerUrl)
    expect(next.text).toContain('type="password"')
  })

  test('started a second time says which port is taken, and the first goes on unharmed', async () => {
    const { client } = await signIn('alice')
    const { code, stdout, stderr, leftovers } = await (await startDemo()).ended
    expect({ code, stdout, leftovers }).toEqual({ code: 1, stdout: '', leftovers: [] })
    expect(stderr).toMatch(/^Port 808\d is taken[^\n]*\n$/)
    expect((await client.navigate(`${gatewayUrl}/`)).text).toContain('Good day, alice')
  })
})

test('Ctrl-C ends the demo with exit 0, pages open or not, and leaves no port and no file', async () => {
  const demo = await startDemo()
  const { client } = await signIn('bob')
  const cookie = client.cookies.fieldFor(`${gatewayUrl}/`) ?? ''
  const clock = await fetch(`${gatewayUrl}/clock`, { headers: { cookie } })
  expect(clock.status).toBe(200)
  const pressedAt = performance.now()
  demo.pressCtrlC()
  await expect(clock.text()).rejects.toThrow()
  expect(await demo.ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/its log, \S+gateway\.log, is gone with it\.\n$/),
    stderr: '',
    leftovers: [],
  })
  expect(performance.now() - pressedAt).toBeLessThan(10_000)
  expect(await findTakenPorts()).toEqual([])
})

test('a port that is taken is one line that names it and what wanted it, and nothing is left', async () => {
  await using held = await hold(places.issuer.port)
  const { code, stdout, stderr, leftovers } = await (await startDemo()).ended
  expect({ code, stdout, leftovers }).toEqual({ code: 1, stdout: '', leftovers: [] })
  expect(stderr).toContain(`Port ${held.port} is taken; the demo's issuer needs it.`)
  expect(stderr).toMatch(/^[^\n]+\n$/)
})

test('with --redis sessions are in a Redis that the demo starts, and takes down again', async () => {
  await using demo = await startDemo('--redis')
  const url = /redis:\/\/127\.0\.0\.1:(\d+)/.exec(demo.stdout())
  const { client, page } = await signIn('alice')
  expect(page.text).toContain('Good day, alice')
  const redis = new Redis(url?.[0] ?? '')
  expect(await redis.keys('postern:*')).not.toEqual([])
  await client.navigate(`${gatewayUrl}/.postern/logout`)
  redis.disconnect()
  demo.pressCtrlC()
  expect(await demo.ended).toMatchObject({ code: 0, stderr: '', leftovers: [] })
  expect(await findTakenPorts([Number(url?.[1])])).toEqual([])
})

async function signIn(who: string): Promise<{ client: HttpClient; page: HttpAnswer }> {
  const client = createHttpClient()
  const form = await client.navigate(`${gatewayUrl}/`)
  return { client, page: await client.submitForm(form, { login: who, password: who }) }
}
/** The demo's own ports, unless others are named. */
async function findTakenPorts(ports = demoPorts): Promise<readonly number[]> {
  const taken: number[] = []
  for (const port of ports) {
    try {
      const held = await hold(port)
      await held[Symbol.asyncDispose]()
    } catch {
      taken.push(port)
    }
  }
  return taken
}

const demoPorts: readonly number[] = Object.values(places).map(({ port }) => port)

/** Listens on the port. Rejects where somebody else does. */
async function hold(port: number): Promise<AsyncDisposable & { port: number }> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}
