// The programs of docs/upstreams.md, as they stand there, against a real gateway: each in its own runtime, where
// this machine has it. Node is always there.

import { execFile, execFileSync } from 'node:child_process'
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configSchema } from '../../src/config/schema.ts'
import {
  generateSigningJwk,
  parseSigningKey,
  type SigningKey,
} from '../../src/crypto/signingKey.ts'
import { assertionsOf, createKeyFile, type KeyFile } from '../support/assertions.ts'
import { readBlocks } from '../support/docsPage.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'

const run = promisify(execFile)

interface Runtime {
  readonly name: string
  /** As the page marks its block. */
  readonly kind: string
  readonly file: string
  readonly program: string
  /** Succeeds where the program has what the page says it needs. */
  readonly trial: readonly string[]
}

const python = { name: 'Python', kind: 'python', file: 'assertions.py' }
const trialOfPython = ['-c', 'import cryptography']
const runtimes: readonly Runtime[] = [
  { name: 'Node', kind: 'js', file: 'assertions.mjs', program: process.execPath, trial: ['-v'] },
  { name: 'Java', kind: 'java', file: 'Assertions.java', program: 'java', trial: ['-version'] },
  { ...python, program: 'python3', trial: trialOfPython },
  { ...python, program: '/usr/bin/python3', trial: trialOfPython },
  {
    name: 'PHP',
    kind: 'php',
    file: 'assertions.php',
    program: 'php',
    trial: ['-r', 'exit(function_exists("openssl_verify") ? 0 : 1);'],
  },
]

// Because a proxy of this machine's is not for addresses on it.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)),
)

function isThere({ program, trial }: Runtime): boolean {
  try {
    execFileSync(program, trial, { stdio: 'ignore', env })
    return true
  } catch {
    return false
  }
}

const there = runtimes
  .filter(isThere)
  .filter(({ kind }, at, all) => all.findIndex((other) => other.kind === kind) === at)
process.stdout.write(`docs/upstreams.md is run with ${there.map(({ name }) => name).join(', ')}\n`)

const blocks = await readBlocks('docs/upstreams.md')

const blockOf = (wanted: string): string =>
  blocks.filter(({ kind }) => kind === wanted).map(({ text }) => text)[0] ?? ''

let folder: string
let keyFile: KeyFile
let upstream: Upstream
let world: World

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-snippets-'))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  keyFile = await createKeyFile()
  upstream = await startUpstream()
  world = await startWorld({
    upstream,
    routes: [
      { match: { path: '/other/**' }, upstream: 'app' },
      { match: { path: '/**' }, upstream: 'billing' },
    ],
    config: {
      assertion: { keys: [{ file: keyFile.file }] },
      identity: { assertion: {} },
      upstreams: { billing: { url: upstream.url } },
    },
  })
})
afterAll(async () => {
  await world.stop()
  await upstream.close()
  await keyFile[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function parseKey(text: string): SigningKey {
  const parsed = parseSigningKey(text)
  if ('fault' in parsed) throw new Error(parsed.fault)
  return parsed.key
}

const type = 'postern-assertion+jwt'
const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** The signature of a JWT replaced. */
function withSignature(jwt: string, signature: string): string {
  return `${jwt.slice(0, jwt.lastIndexOf('.'))}.${signature}`
}

/** What an application has to refuse, each with what is wrong with it; `good` is one that it takes. */
function listBad(good: string): Readonly<Record<string, string>> {
  const key = parseKey(keyFile.text)
  const [head = '', body = '', signature = ''] = good.split('.')
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: world.publicUrl, aud: 'billing', sub: 'mallory', iat: now, exp: now + 300 }
  const { exp: _, ...endless } = claims
  const publicKey = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' })
  const asSecret = publicKey.export({ format: 'pem', type: 'spki' })
  const hs256 = `${encode({ alg: 'HS256', kid: key.kid, typ: type })}.${encode(claims)}`
  const unsigned = `${encode({ alg: 'none', kid: key.kid, typ: type })}.${encode(claims)}`
  const privateKey = createPrivateKey({ key: JSON.parse(keyFile.text), format: 'jwk' })
  const withKey = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  const rightly = sign('sha256', Buffer.from(unsigned), withKey).toString('base64url')
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ofStranger = { key: stranger.privateKey, dsaEncoding: 'ieee-p1363' } as const
  const jwk = stranger.publicKey.export({ format: 'jwk' })
  const signAs = (more: object, by: typeof withKey, told: object | string = claims): string => {
    const text = `${encode({ alg: 'ES256', kid: key.kid, typ: type, ...more })}.${encode(told)}`
    return `${text}.${sign('sha256', Buffer.from(text), by).toString('base64url')}`
  }
  const deep = `{"alg":${'['.repeat(6000)}${']'.repeat(6000)}}`
  return {
    expired: key.signJwt(type, { ...claims, iat: now - 400, exp: now - 100 }),
    'without an end': key.signJwt(type, endless),
    'by another gateway': key.signJwt(type, { ...claims, iss: 'https://other.example' }),
    'for another application': key.signJwt(type, { ...claims, aud: 'app' }),
    'another kind of token': key.signJwt('at+jwt', claims),
    'a bad signature': withSignature(
      good,
      (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1),
    ),
    'a signature of zeros': withSignature(good, Buffer.alloc(64).toString('base64url')),
    'half a signature': withSignature(good, signature.slice(0, 43)),
    'other claims under the signature': `${head}.${encode(claims)}.${signature}`,
    'alg none': `${encode({ alg: 'none', kid: key.kid, typ: type })}.${body}.`,
    'alg none with a signature': `${encode({ alg: 'none', kid: key.kid, typ: type })}.${body}.${signature}`,
    'alg none over a signature that is right': `${unsigned}.${rightly}`,
    'the public key as a secret': `${hs256}.${createHmac('sha256', asSecret).update(hs256).digest('base64url')}`,
    'an unknown kid': parseKey(generateSigningJwk()).signJwt(type, claims),
    'another key under the kid of this one': signAs({}, ofStranger),
    'a key that the token brings along': signAs({ jwk, kid: undefined }, ofStranger),
    'a key that the token says where to find': signAs(
      { jku: `${world.publicUrl}/.postern/jwks`, x5u: 'https://other.example', kid: 'x' },
      ofStranger,
    ),
    'a kid that is a list': signAs({ kid: [key.kid] }, withKey),
    'a kid out of nowhere': signAs({ kid: '__proto__' }, withKey),
    'an end that is text': signAs({}, withKey, { ...claims, exp: String(now + 300) }),
    'an end that is no number': signAs(
      {},
      withKey,
      JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":NaN'),
    ),
    'another application besides': signAs({}, withKey, { ...claims, aud: { billing: 'billing' } }),
    'an extension that has to be understood': signAs({ crit: ['b64'], b64: false }, withKey),
    'an extension that is made up': signAs({ crit: ['x'], x: 1 }, withKey),

    'no kid': `${encode({ alg: 'ES256', typ: type })}.${body}.${signature}`,
    'a header that is deep': `${encode(deep)}.${body}.${signature}`,
    'a header that is none': `${encode('"x"')}.${body}.${signature}`,
    'two parts': `${head}.${body}`,
    text: 'alice',
  }
}

async function assertionFor(path: string): Promise<string> {
  const { client } = await world.signIn('alice', path)
  await client.request(world.publicUrl + path)
  return assertionsOf(upstream.requests.at(-1))[0] ?? ''
}

/** What the program of the page prints for these, a line each. */
async function runWith({ kind, file, program }: Runtime, assertions: readonly string[]) {
  const source = join(folder, file)
  await writeFile(source, blockOf(kind).replaceAll('https://app.example.com', world.publicUrl))
  const { stdout } = await run(program, [source, ...assertions], { env, cwd: folder })
  return stdout.trim().split('\n')
}

test('there is a program for each runtime, and Node to run one with', () => {
  for (const { kind } of runtimes) expect(blockOf(kind)).toContain('https://app.example.com')
  expect(there.map(({ name }) => name)).toContain('Node')
})

describe.each(there)('an application in $name', (runtime) => {
  test(
    'knows who is calling, and refuses whatever else it is shown',
    { timeout: 120_000 },
    async () => {
      const good = await assertionFor('/')
      const bad = {
        'what another application was sent': await assertionFor('/other/'),
        ...listBad(good),
      }
      const printed = await runWith(runtime, [good, ...Object.values(bad), good])
      const verdicts = Object.keys(bad).map((name, at) => [name, printed[at + 1]])
      expect(verdicts).toEqual(Object.keys(bad).map((name) => [name, 'refused']))
      expect([printed[0], printed.at(-1)]).toEqual(['alice', 'alice'])
      expect(printed).toHaveLength(Object.keys(bad).length + 2)
    },
  )
})

test('every configuration on that page is one', () => {
  const least = {
    publicUrl: 'https://app.example.com',
    providers: [{ id: 'a', issuer: 'https://a.example', clientId: 'x' }],
    upstreams: { app: { url: 'http://127.0.0.1:3000' } },
    routes: [{ match: { path: '/**' }, upstream: 'app' }],
  }
  const parts = blocks.filter(({ kind }) => kind === 'yaml')
  expect(parts.length).toBeGreaterThan(0)
  for (const { text } of parts) {
    const part: unknown = parse(text)
    expect(configSchema.safeParse(Object.assign({}, least, part)).error, text).toBeUndefined()
  }
})
