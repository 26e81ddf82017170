import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { bundle } from '../../scripts/bundle.ts'
import { createHttpClient, rawExchange } from '../support/httpClient.ts'
import { startIssuer, type TestIssuer } from '../support/issuer.ts'
import { freePort } from '../support/ports.ts'
import { runProgram, startProgram, type RunningProgram } from '../support/process.ts'
import { connectRaw } from '../support/rawUpstream.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { jsonOf, until } from './steps.ts'

const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-command-line-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

interface Ports {
  readonly gateway: number
  readonly admin: number
  readonly issuer: number
  readonly upstream: number
}

/** The example as it stands, with other ports. */
async function exampleWith(ports: Ports): Promise<string> {
  const text = await readFile('config.example.yaml', 'utf8')
  return text
    .replaceAll('8080', String(ports.gateway))
    .replaceAll('9090', String(ports.admin))
    .replaceAll('8081', String(ports.issuer))
    .replaceAll('8082', String(ports.upstream))
}

describe('postern serve with the example configuration', () => {
  let issuer: TestIssuer
  let upstream: Upstream
  let ports: Ports
  let file: string
  let program: RunningProgram
  beforeAll(async () => {
    upstream = await startUpstream()
    ports = {
      gateway: await freePort(),
      admin: await freePort(),
      issuer: await freePort(),
      upstream: upstream.port,
    }
    const publicUrl = `http://localhost:${ports.gateway}`
    issuer = await startIssuer({
      port: ports.issuer,
      clients: [
        {
          client_id: 'postern',
          client_secret: 'secret-of-the-demo-and-of-nothing-else',
          redirect_uris: [`${publicUrl}/.postern/callback`],
          post_logout_redirect_uris: [`${publicUrl}/.postern/logout`],
          grant_types: ['authorization_code', 'refresh_token'],
        },
      ],
    })
    file = await write('example.yaml', await exampleWith(ports))
    program = startProgram(['serve', '--config', file])
    await program.logged('Postern is listening')
  })
  afterAll(async () => {
    await program[Symbol.asyncDispose]()
    await issuer.stop()
    await upstream.close()
  })

  test('a person signs in, and the application is told who they are', async () => {
    const client = createHttpClient()
    const form = await client.navigate(`http://localhost:${ports.gateway}/orders`)
    const page = await client.submitForm(form, { login: 'alice', password: 'alice' })
    expect(page.status).toBe(200)
    expect(upstream.requests.at(-1)!.headers['x-forwarded-user']).toBe('alice')
  })

  test('its log is JSON, a line each, and says where it listens and what is doubtful', () => {
    const lines = program.logLines()
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'Postern is listening',
        public: `127.0.0.1:${ports.gateway}`,
        admin: `127.0.0.1:${ports.admin}`,
      }),
    )
    const warned = lines.filter(({ msg }) => msg === 'configuration').map(({ setting }) => setting)
    expect(warned).toContain('insecure.allowHttpIssuer')
    expect(program.stderr()).toBe('')
  })

  test('a second one on the same port says so in one line, and ends with 1', async () => {
    const second = await runProgram(['--config', file])
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(
      new RegExp(`^admin\\.address: 127\\.0\\.0\\.1:${ports.admin} is taken\\. .+\\n$`),
    )
  })

  test.each([
    ['a taken public port', (text: string) => text, /^listen\.address: \S+:\d+ is taken\. .+\n$/],
    [
      'an address of another machine',
      (text: string) => text.replace(/address: 127.0.0.1:(\d+)/, 'address: 192.0.2.1:$1'),
      /^listen\.address: 192\.0\.2\.1:\d+ is no address of this machine\. .+\n$/,
    ],
    [
      'a name that nobody has',
      (text: string) => text.replace(/address: 127.0.0.1:(\d+)/, 'address: nobody.invalid:$1'),
      /^listen\.address: nobody\.invalid:\d+ has a name that cannot be resolved.+\n$/,
    ],
  ])('%s is named with its setting in one line, and ends with 1', async (_, change, stderr) => {
    const text = await exampleWith({ ...ports, admin: await freePort() })
    const ended = await runProgram(['-c', await write('elsewhere.yaml', change(text))])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(stderr)
  })

  test('what is doubtful about sessions in cookies is said once', () => {
    const said = program
      .logLines()
      .filter((line) => /cookie store|in cookies/.test(JSON.stringify(line)))
    expect(said).toHaveLength(1)
  })

  test('bytes that are no HTTP, a thousand times over, do not end it', async () => {
    const random = createRandom(20_251)
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, () => sendAndLeave(ports.gateway, aByteString(random))),
      )
    }
    const client = createHttpClient()
    const answer = await client.request(`http://localhost:${ports.gateway}/public/x`)
    expect(answer.status).toBe(200)
    expect(program.logLines().filter(({ level }) => Number(level) >= 50)).toEqual([])
    expect(program.stderr()).toBe('')
  })

  test('heads that break off, break rules or never end are answered or closed', async () => {
    const broken = [
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1\r\n Host: x\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n',
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ]
    for (const bytes of broken) {
      expect(await rawExchange(ports.gateway, bytes)).toMatch(/^HTTP\/1\.1 (4\d\d|501) /)
    }
    const tls = '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'
    expect(await rawExchange(ports.gateway, tls)).toBe('')
  })
})

/** Mulberry32: the same numbers at every run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const beginnings = [
  '',
  'GET ',
  'GET / HTTP/1.1\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
]

/** Random bytes behind a beginning that gets further into the parser than they would. */
function aByteString(random: () => number): Buffer {
  const beginning = beginnings[Math.floor(random() * beginnings.length)]!
  const bytes = Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * 256))
  return Buffer.concat([Buffer.from(beginning), Buffer.from(bytes)])
}

async function sendAndLeave(port: number, bytes: Buffer): Promise<void> {
  const { socket } = connectRaw(port)
  await new Promise((resolve) => socket.once('close', resolve).end(bytes))
}

describe('SIGTERM', () => {
  test('lets what is under way finish, says meanwhile that it takes no more, and ends with 0', async () => {
    await using upstream = await startUpstream()
    const ports = {
      gateway: await freePort(),
      admin: await freePort(),
      issuer: 1,
      upstream: upstream.port,
    }
    const text = (await exampleWith(ports)).replace('path: /public/**', 'path: /slow')
    await using program = startProgram(['-c', await write('draining.yaml', text)])
    await program.logged('Postern is listening')
    const client = createHttpClient()
    const underway = client.request(`http://localhost:${ports.gateway}/slow`)
    await until(() => upstream.requests.length === 1)
    program.signal('SIGTERM')
    await program.logged('draining')
    const ready = await client.request(`http://127.0.0.1:${ports.admin}/readyz`)
    expect(ready.status).toBe(503)
    expect(jsonOf(ready)).toMatchObject({ ready: false, checks: { accepting: false } })
    expect((await client.request(`http://127.0.0.1:${ports.admin}/healthz`)).status).toBe(200)
    await expect(client.request(`http://localhost:${ports.gateway}/slow`)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
    upstream.release()
    expect((await underway).status).toBe(200)
    const { code, stderr } = await program.ended
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(program.logLines().slice(-2)).toEqual([
      expect.objectContaining({ msg: 'request', status: 200 }),
      expect.objectContaining({ msg: 'stopped' }),
    ])
  })

  test('ends what does not finish within the drain timeout', async () => {
    await using upstream = await startUpstream()
    const ports = {
      gateway: await freePort(),
      admin: await freePort(),
      issuer: 1,
      upstream: upstream.port,
    }
    const text = (await exampleWith(ports))
      .replace('path: /public/**', 'path: /hang')
      .replace('trustedProxies: []', 'drainTimeout: 200ms')
    await using program = startProgram(['-c', await write('hanging.yaml', text)])
    await program.logged('Postern is listening')
    const underway = createHttpClient().request(`http://localhost:${ports.gateway}/hang`)
    await until(() => upstream.requests.length === 1)
    program.signal('SIGINT')
    await expect(underway).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await program.ended).code).toBe(0)
  })
})

describe('postern check', () => {
  test('says that the example is fine, and what is doubtful about it', async () => {
    const { code, stdout, stderr } = await runProgram(['check', '--config', 'config.example.yaml'])
    expect(code).toBe(0)
    expect(stdout).toBe(
      'config.example.yaml is fine: 7 routes, 1 provider, 1 upstream, sessions in cookies.\n',
    )
    expect(stderr).toMatch(/^config\.example\.yaml:\d+:\d+ {2,}\S+: .+\n/)
    expect(stderr).toMatch(/\n\d warnings\.\n$/)
  })

  test('names every problem of a broken file with line and column, and ends with 1', async () => {
    const text = [
      'publicUrl: app.example.com',
      'sesions: {}',
      'providers:',
      '  - id: Corp',
      '    issuer: https://id.example',
      '    clientId: postern',
      'upstreams:',
      '  app: { url: "localhost:3000" }',
      'routes:',
      '  - match: { path: a/** }',
      '    upstream: app',
      '  - match: { path: /b }',
      '    acess: public',
      '    upstream: app',
      'log: { level: loud }',
    ].join('\n')
    const file = await write('broken.yaml', `${text}\n`)
    for (const args of [
      ['check', '-c', file],
      ['serve', '-c', file],
    ]) {
      const { code, stdout, stderr } = await runProgram(args)
      expect(code).toBe(1)
      expect(stdout).toBe('')
      const places = [...stderr.matchAll(/broken\.yaml:(\d+:\d+) +([^:]+): /g)].map(
        ([, place, path]) => `${place} ${path}`,
      )
      expect(places).toEqual([
        '1:12 publicUrl',
        '2:1 sesions',
        '4:9 providers[0].id',
        '8:15 upstreams.app.url',
        '10:20 routes[0].match.path',
        '13:5 routes[1].acess',
        '15:15 log.level',
      ])
      expect(stderr).toContain('Did you mean "sessions"?')
      expect(stderr).toContain('Did you mean "access"?')
      expect(stderr).toMatch(/\n7 problems\. Nothing was started\.\n$/)
    }
  })

  test('names what else is wrong once the shape is right: references, ties, missing secrets', async () => {
    const text = [
      'publicUrl: https://app.example.com',
      'providers:',
      '  - id: corp',
      '    issuer: https://id.example',
      '    clientId: postern',
      '    clientSecret: { env: NOT_SET }',
      'upstreams:',
      '  app: { url: "http://127.0.0.1:3000" }',
      'sessions: { keys: [short], store: redis }',
      'routes:',
      '  - match: { path: /a/**/b }',
      '    upstream: app',
      '  - match: { path: /** }',
      '    upstream: ap',
      '  - match: { path: /** }',
      '    upstream: app',
    ].join('\n')
    const { code, stderr } = await runProgram(['check', '-c', await write('wrong.yaml', text)])
    expect(code).toBe(1)
    expect(stderr).toContain(
      'providers[0].clientSecret: the environment variable NOT_SET is not set',
    )
    expect(stderr).toContain('sessions.keys[0]: expected a key of at least 32 random bytes')
    expect(stderr).toContain('sessions.store: ')
    expect(stderr).toMatch(/wrong\.yaml:14:15 +routes\[1\]\.upstream: .*Did you mean "app"\?/)
    expect(stderr).toMatch(/wrong\.yaml:11:20 +routes\[0\]\.match\.path: /)
    expect(stderr).toMatch(/wrong\.yaml:15:20 +routes\[2\]\.match\.path: /)
    expect(stderr).not.toContain('short')
  })

  test.each([
    ['a file that is not there', 'absent.yaml', undefined],
    ['a file that is no YAML', 'torn.yaml', 'publicUrl: "http://x\nroutes: ['],
    ['an empty file', 'empty.yaml', ''],
    ['a file that is a list', 'list.yaml', '- a\n- b\n'],
    ['a file of bytes', 'bytes.yaml', '\0\u0001'],
  ])('explains %s', async (_name, name, text) => {
    const file = text === undefined ? join(folder, name) : await write(name, text)
    const { code, stderr } = await runProgram(['check', '-c', file])
    expect(code).toBe(1)
    expect(stderr).toContain(name)
    expect(stderr).toMatch(/problems?\. Nothing was started\.\n$/)
    expect(stderr).not.toMatch(/\n {4}at /)
  })
})

describe('postern schema', () => {
  test('is a JSON Schema that accepts the example and refuses what check refuses', async () => {
    const { code, stdout, stderr } = await runProgram(['schema'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    const schema = z.fromJSONSchema(JSON.parse(stdout))
    const example: unknown = parse(await readFile('config.example.yaml', 'utf8'))
    expect(schema.safeParse(example).error?.issues).toBeUndefined()
    expect(schema.safeParse({ ...Object(example), sesions: {} }).success).toBe(false)
    expect(schema.safeParse({ ...Object(example), routes: [] }).success).toBe(false)
  })
})

test('postern keygen prints a new key of 32 bytes each time, and nothing else', async () => {
  const [one, other] = await Promise.all([runProgram(['keygen']), runProgram(['keygen'])])
  for (const { code, stdout, stderr } of [one, other]) {
    expect(code).toBe(0)
    expect(stdout).toMatch(/^[\w-]{43}\n$/)
    expect(Buffer.from(stdout.trim(), 'base64url')).toHaveLength(32)
    expect(stderr).toBe('')
  }
  expect(one.stdout).not.toBe(other.stdout)
})

describe('the command line itself', () => {
  test.each([
    [['--help'], 0, /^Usage: postern/, /^$/],
    [['serve', '--help'], 0, /^Usage: postern \[serve\]/, /^$/],
    [['check', '-h'], 0, /^Usage: postern check/, /^$/],
    [['schema', '--help'], 0, /^Usage: postern schema/, /^$/],
    [['keygen', '--help'], 0, /^Usage: postern keygen/, /^$/],
    [['--version'], 0, /^postern \d+\.\d+\.\d+\n$/, /^$/],
    [
      ['chek'],
      2,
      /^$/,
      /^There is no command "chek"\. Did you mean "check"\? See postern --help\.\n$/,
    ],
    [['explain', 'GET'], 2, /^$/, /needs a method and a URL. See postern explain --help\.\n$/],
    [['--port', '80'], 2, /^$/, /--port.*See postern --help\.\n$/],
    [['keygen', 'two'], 2, /^$/, /"two"/],
    [['check', '--config'], 2, /^$/, /--config/],
  ])('postern %j ends with %d', async (args, code, stdout, stderr) => {
    const ended = await runProgram(args)
    expect(ended.code).toBe(code)
    expect(ended.stdout).toMatch(stdout)
    expect(ended.stderr).toMatch(stderr)
  })

  test('without --config it reads postern.yaml of the folder it is started in', async () => {
    const { code, stderr } = await runProgram([], { cwd: folder })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^postern\.yaml:/)
  })
})

describe('the bundle', () => {
  let outfile: string
  beforeAll(async () => {
    outfile = join(folder, 'bundle', 'postern.js')
    await bundle(outfile)
  })

  test('is the whole program', async () => {
    const { stdout, stderr } = await run(process.execPath, [outfile, '--help'])
    expect(stdout).toMatch(/^Usage: postern/)
    expect(stderr).toBe('')
  })

  test('is all that is needed, wherever it is copied to and whatever it is called there', async () => {
    const copy = join(folder, 'bin', 'postern')
    await mkdir(join(folder, 'bin'))
    await copyFile(outfile, copy)
    const { stdout, stderr } = await run(process.execPath, [copy, '--help'], { cwd: folder })
    expect(stdout).toMatch(/^Usage: postern/)
    expect(stderr).toBe('')
  })

  test.each([
    ['20.20.2', ['--help']],
    ['24.8.1', ['--version']],
    ['22.19.0', ['serve']],
    ['9.9.9', ['check']],
  ])('under Node %s says in one line which one it needs: postern %j', async (version, args) => {
    const ended = run(process.execPath, [...pretend(version), outfile, ...args])
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: `Postern needs Node 24.9 or later; this is v${version}. Put one first on the PATH, or name it: /path/to/node ${outfile}\n`,
    })
  })

  test('under the Node that the machine has besides ours, where that is too old, says so too', async () => {
    const { node, version, options } = await findOlderNode()
    const ended = run(node, [...options, outfile, '--help'])
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: `Postern needs Node 24.9 or later; this is v${version}. Put one first on the PATH, or name it: /path/to/node ${outfile}\n`,
    })
  })
})

/** Options that make Node take itself for another version. */
function pretend(version: string): string[] {
  const versions = `{ ...process.versions, node: '${version}' }`
  const code = `Object.defineProperty(process, 'versions', { value: ${versions} })`
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
}

/** The first on the PATH that no package brought; ours, pretending, where there is none or it is new enough. */
async function findOlderNode() {
  const folders = process.env['PATH']?.split(delimiter) ?? []
  const env = { PATH: folders.filter((path) => !path.includes('node_modules')).join(delimiter) }
  const found = await run('node', ['--version'], { env }).catch(() => ({ stdout: '' }))
  const version = found.stdout.trim().slice(1)
  if (/^(\d|1\d|2[0-3])\./.test(version)) {
    const { stdout: node } = await run('node', ['-p', 'process.execPath'], { env })
    return { node: node.trim(), version, options: [] }
  }
  return { node: process.execPath, version: '20.20.2', options: pretend('20.20.2') }
}
