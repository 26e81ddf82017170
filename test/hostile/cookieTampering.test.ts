import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createHttpClient, type HttpClient } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { toldFields } from '../support/spoofedNames.ts'
import { fieldValues, startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { beginSignIn, visit } from './signingIn.ts'

type Parts = ReadonlyMap<string, string>

let redis: RedisServer
let upstream: Upstream
beforeAll(async () => {
  redis = await startRedis()
  upstream = await startUpstream((_, response, { url }) => {
    response.setHeader('Set-Cookie', url.includes('/set') ? settings.map(([cookie]) => cookie) : [])
    response.end('ok')
  })
})
afterAll(async () => {
  await upstream.close()
  await redis.stop()
})
beforeEach(() => {
  upstream.requests.length = 0
})

const partsOf = (client: HttpClient): Parts =>
  new Map(
    client.cookies
      .all()
      .filter(({ name }) => /^(__Host-)?postern(\.\d)?$/.test(name))
      .map(({ name, value }) => [name, value]),
  )
const toField = (parts: Iterable<readonly [string, string]>) =>
  Array.from(parts, ([name, value]) => `${name}=${value}`).join('; ')
const withPart = (parts: Parts, name: string, value: string) =>
  toField(new Map([...parts, [name, value]]))

/** What the upstream was told of whoever came with these Cookie fields. */
async function askWith(publicUrl: string, cookieFields: readonly string[]): Promise<string[]> {
  const client = createHttpClient({ ports: { [publicUrl]: portOf.get(publicUrl)! } })
  const count = upstream.requests.length
  const fields = cookieFields.flatMap((value) => ['Cookie', value])
  const answer = await client.request(`${publicUrl}/optional/x`, { fields })
  expect([answer.status, upstream.requests.length]).toEqual([200, count + 1])
  const { rawHeaders } = upstream.requests.at(-1)!
  expect(fieldValues(rawHeaders, 'cookie').join()).not.toMatch(/postern/i)
  return toldFields(rawHeaders).filter((line) => /user|email|groups/i.test(line))
}
const portOf = new Map<string, number>()

const stores = [
  ['cookie', () => ({ store: 'cookie' as const })],
  ['memory', () => ({ store: 'memory' as const })],
  ['redis', () => ({ store: 'redis' as const, redis: { url: redis.url } })],
] as const

describe.each(stores)('a session cookie of the %s store', (store, settings) => {
  let world: World
  let alice: Parts
  let bob: Parts

  beforeAll(async () => {
    world = await startWorld({ upstream, sessions: settings() })
    portOf.set(world.publicUrl, world.port)
    for (const { claims } of world.issuer.accounts.values()) {
      claims['roles'] = Array.from({ length: 24 }, () => randomBytes(30).toString('hex'))
    }
    alice = partsOf((await world.signIn('alice')).client)
    bob = partsOf((await world.signIn('bob')).client)
  })
  afterAll(() => world.stop())

  const ask = (...cookieFields: string[]) => askWith(world.publicUrl, cookieFields)

  test('signs in as it was given out, so that the tests below mean something', async () => {
    expect(alice.size).toBe(store === 'cookie' ? 2 : 1)
    expect(await ask(toField(alice))).toContain('X-Forwarded-User: alice')
    expect(await ask(toField(bob))).toContain('X-Forwarded-User: bob')
    expect(await ask(`a=1; ${toField(alice)}; z=2`)).toContain('X-Forwarded-User: alice')
  })

  test('with any character changed signs nobody in', async () => {
    for (const [name, value] of alice) {
      for (let at = 0; at < value.length; at += Math.ceil(value.length / 24)) {
        for (const replacement of ['A', '%']) {
          if (value[at] === replacement) continue
          const changed = value.slice(0, at) + replacement + value.slice(at + 1)
          expect(await ask(withPart(alice, name, changed)), `${name} at ${at}`).toEqual([])
        }
      }
    }
  })

  test('with its last bits changed signs nobody in', async () => {
    const [[name, value] = ['', '']] = [...alice].slice(-1)
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/') {
      if (value.endsWith(last)) continue
      expect(await ask(withPart(alice, name, value.slice(0, -1) + last)), last).toEqual([])
    }
  })

  test('cut, extended, or written in another way signs nobody in', async () => {
    for (const [name, value] of alice) {
      const changes = [
        '',
        value.slice(0, 1),
        value.slice(0, value.length / 2),
        value.slice(0, -1),
        value.slice(1),
        `${value}A`,
        `${value}=`,
        `${value}.`,
        `${value}~2`,
        `${value}${value}`,
        `${value},${value}`,
        `A${value}`,
        ` ${value}`.replace(' ', '\t'),
        `"${value}"`,
        `'${value}'`,
        value.toUpperCase(),
        value.toLowerCase(),
        encodeAll(value.slice(0, 3)) + value.slice(3),
        value.replaceAll('.', '%2E').replaceAll('*', '%2A'),
        'A'.repeat(8192),
        value + 'A'.repeat(8192 - value.length),
        `1${'*'.repeat(200)}`,
        '1Fe26.2**********',
        '{"alg":"none"}',
        'null',
        '__proto__',
        '\xff\xfe',
      ].filter((change) => change !== value)
      for (const change of changes) {
        expect(await ask(withPart(alice, name, change)), change.slice(0, 60)).toEqual([])
      }
    }
  })

  test('put together from two people’s parts signs neither in', async () => {
    const [mine, others] = [alice.get('postern')!, bob.get('postern')!]
    const half = Math.floor(mine.length / 2)
    const mixed = [
      mine.slice(0, half) + others.slice(half),
      others.slice(0, half) + mine.slice(half),
      swapAt(mine, others, '.'),
      swapAt(others, mine, '.'),
      swapAt(mine, mine, '.'),
      mine.split('.').toReversed().join('.'),
      swapAt(mine, others, '*'),
    ]
    for (const value of mixed) {
      expect(await ask(withPart(alice, 'postern', value))).toEqual([])
      expect(await ask(`postern=${value}`)).toEqual([])
    }
  })

  test('that comes twice signs nobody in, whichever is first, and equal ones neither', async () => {
    const [mine, others] = [toField(alice), toField(bob)]
    for (const field of [`${mine}; ${others}`, `${others}; ${mine}`, `${mine}; ${mine}`]) {
      expect(await ask(field)).toEqual([])
    }
    expect(await ask(`postern=x; ${mine}`)).toEqual([])
    expect(await ask(`${mine}; postern=`)).toEqual([])
    expect(await ask(mine, others)).toEqual([])
    expect(await ask(mine, mine)).toEqual([])
  })

  test('under a name that only looks like ours signs nobody in', async () => {
    const value = alice.get('postern')!
    const rest = toField([...alice].filter(([name]) => name !== 'postern'))
    const names = [
      'POSTERN',
      'Postern',
      '__Host-postern',
      '__Secure-postern',
      '__host-postern',
      'postern ',
      'postern.0',
      'postern-',
      '$postern',
      'xpostern',
      'posternx',
      'postern[]',
      'p%6fstern',
    ]
    for (const name of names) {
      const client = createHttpClient()
      const fields = ['Cookie', `${name}=${value}; ${rest}`]
      await client.request(`${world.publicUrl}/optional/x`, { fields })
      expect(toldFields(upstream.requests.at(-1)!.rawHeaders).join(), name).not.toContain('alice')
    }
  })

  test('that is bad is refused where one has to be signed in, and nothing is forwarded', async () => {
    const fields = ['Cookie', withPart(alice, 'postern', 'altered')]
    const answer = await createHttpClient().request(`${world.publicUrl}/members/x`, { fields })
    expect([answer.status, upstream.requests]).toEqual([401, []])
  })

  if (store === 'cookie') {
    test('with its chunks in another order, missing or too many', async () => {
      const [first, next] = [alice.get('postern')!, alice.get('postern.1')!]
      const count = first.slice(1)
      for (const field of [
        `postern=${first}`,
        `postern.1=${next}`,
        `postern=${next}; postern.1=${first}`,
        `postern=${first}; postern.2=${next}`,
        `postern=${first}; postern.1=${bob.get('postern.1')}`,
        `postern=${bob.get('postern')}; postern.1=${next}`,
        `postern=${first}; postern.1=${next}; postern.1=${next}`,
        `postern=${first}${next}`,
        ...['0', '1', '3', '4', '5', '9', '-', 'A'].map(
          (number) => `postern=${number}${count}; postern.1=${next}`,
        ),
        `postern=3${count}; postern.1=${next}; postern.2=A`,
      ]) {
        expect(await ask(field), field.slice(0, 20)).toEqual([])
      }
      const reordered = `postern.1=${next}; postern=${first}; postern.2=left-over`
      expect(await ask(reordered)).toContain('X-Forwarded-User: alice')
    })
  }
})

describe('cookies on their way to the upstream and back', () => {
  let world: World
  let alice: string
  beforeAll(async () => {
    world = await startWorld({ upstream, sessions: { store: 'memory' } })
    alice = toField(partsOf((await world.signIn('alice')).client))
  })
  afterAll(() => world.stop())

  test.each([
    ['first', 'a=1; b=2', (own: string) => `${own}; a=1; b=2`],
    ['last', 'a=1; b=2', (own: string) => `a=1; b=2; ${own}`],
    ['in between', 'a=1; b=2', (own: string) => `a=1; ${own}; b=2`],
    ['without spaces', 'a=1;b=2', (own: string) => `a=1;${own};b=2`],
    ['with many spaces', 'a=1;   b=2', (own: string) => `a=1;   ${own};   b=2`],
    [
      'among odd ones',
      'a="x y"; =b; c; d=e=f; g=%20\xe4',
      (own: string) => `a="x y"; =b; ${own}; c; d=e=f; g=%20\xe4`,
    ],
    [
      'among names that begin like ours',
      'posterna=1; p=2; __Host-x=3; xpostern=4',
      (own: string) => `posterna=1; p=2; ${own}; __Host-x=3; xpostern=4`,
    ],
  ])('the application’s own stay byte for byte: ours %s', async (_, expected, write) => {
    const own = `${alice}; postern-login-abc=x; postern.1=y; __Host-postern-logout=z; POSTERN=q`
    for (const ours of [alice, own]) {
      await createHttpClient().request(`${world.publicUrl}/members/x`, {
        fields: ['Cookie', write(ours)],
      })
      expect(fieldValues(upstream.requests.at(-1)!.rawHeaders, 'cookie')).toEqual([expected])
    }
  })

  test.each(['/public/x', '/optional/x', '/members/x'])('none of ours on %s', async (path) => {
    const fields = ['Cookie', `${alice}; postern-login-abc=x`]
    await createHttpClient().request(world.publicUrl + path, { fields })
    expect(fieldValues(upstream.requests.at(-1)!.rawHeaders, 'cookie')).toEqual([])
  })

  test('an upstream can set and delete its own, and none of ours', async () => {
    const answer = await createHttpClient().request(`${world.publicUrl}/public/set`)
    expect(answer.setCookies).toEqual(
      settings.filter(([, isKept]) => isKept).map(([cookie]) => cookie),
    )
    expect(settings.filter(([, isKept]) => !isKept).length).toBeGreaterThan(8)
  })
})

describe('behind https', () => {
  const publicUrl = 'https://app.example.com'
  let world: World
  let alice: HttpClient

  beforeAll(async () => {
    const port = await freePort()
    portOf.set(publicUrl, port)
    world = await startWorld({
      upstream,
      sessions: { store: 'memory' },
      config: { publicUrl, listen: { address: `127.0.0.1:${port}` } },
      issuer: { redirectUris: [`${publicUrl}/.postern/callback`] },
    })
    alice = createHttpClient({ ports: { [publicUrl]: port } })
    await visit(alice, (await beginSignIn({ ...world, publicUrl }, alice)).callback)
  })
  afterAll(() => world.stop())

  test('a cookie that a sibling subdomain can set is not ours, session or login', async () => {
    const value = partsOf(alice).get('__Host-postern')!
    expect(await askWith(publicUrl, [`__Host-postern=${value}`])).toContain(
      'X-Forwarded-User: alice',
    )
    for (const name of [
      'postern',
      '__Secure-postern',
      '__host-postern',
      '__HOST-postern',
      '__Host-Postern',
    ]) {
      expect(await askWith(publicUrl, [`${name}=${value}`]), name).toEqual([])
    }
  })

  test('a login cookie without the prefix begins no login', async () => {
    const attacker = createHttpClient({ ports: { [publicUrl]: portOf.get(publicUrl)! } })
    const { callback } = await beginSignIn({ ...world, publicUrl }, attacker, { who: 'bob' })
    const login = attacker.cookies
      .all()
      .find(({ name }) => name.startsWith('__Host-postern-login-'))!
    const victim = createHttpClient({ ports: { [publicUrl]: portOf.get(publicUrl)! } })
    const planted = `${login.name.replace('__Host-', '')}=${login.value}`
    world.issuer.counts.token = 0
    await victim.request(callback, { fields: ['Accept', 'text/html', 'Cookie', planted] })
    expect(world.issuer.counts.token).toBe(0)
  })

  test('every cookie of ours is for this host alone, over https, and out of reach for scripts', async () => {
    const { setCookies } = await visit(
      createHttpClient({ ports: { [publicUrl]: portOf.get(publicUrl)! } }),
      `${publicUrl}/members/x`,
    )
    expect(setCookies.length).toBeGreaterThan(0)
    for (const { name, isSecure, isHttpOnly, isHostOnly, path, sameSite } of alice.cookies.all()) {
      expect([name.slice(0, 14), isSecure, isHttpOnly, isHostOnly, path, sameSite]).toEqual([
        '__Host-postern',
        true,
        true,
        true,
        '/',
        'Lax',
      ])
    }
  })
})

/** What the upstream sets at `/set`, and whether a browser may hear of it. */
const settings: readonly (readonly [string, boolean])[] = [
  ['app=1; Path=/', true],
  ['postern=stolen; Path=/', false],
  ['POSTERN=stolen', false],
  ['postern=; Max-Age=0', false],
  ['postern.1=x', false],
  ['postern-login-abcdefghij=x', false],
  ['postern-logout=x', false],
  ['__Host-postern=x; Path=/; Secure', false],
  ['__Secure-postern=x; Secure', false],
  [' postern=x', false],
  ['=postern=x', false],
  ['postern =x', false],
  ['postern', false],
  ['posternish=1', true],
  ['a=postern=1', true],
]

/** The part of one before the first separator, and of the other behind it. */
function swapAt(one: string, other: string, separator: string): string {
  return `${other.slice(other.indexOf(separator) + 1)}${separator}${one.slice(0, one.indexOf(separator))}`
}

function encodeAll(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}
