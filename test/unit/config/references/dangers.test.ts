import { chmod } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../../src/config/load.ts'
import { createFolder } from '../../../support/folder.ts'
import { aConfig, aKey, printed, warningsOf } from '../configFile.ts'

async function pathsOf(text: string): Promise<string[]> {
  return (await warningsOf(text)).map(({ path }) => path)
}

describe('a network of trusted proxies', () => {
  test.each(['10.0.0.0/8', '10.0.0.0/15', 'fd00::/8', '2001:db8::/47'])(
    'as wide as %s is warned about',
    async (block) => {
      const text = aConfig(`listen: { trustedProxies: ["${block}"] }\n`)
      expect(await pathsOf(text)).toContain('listen.trustedProxies[0]')
    },
  )

  test.each(['10.0.0.7', '10.0.0.0/24', '10.0.0.0/16', 'fd00::7', 'fd00:1:2::/48'])(
    'such as %s is not',
    async (block) => {
      const text = aConfig(`listen: { trustedProxies: ["${block}"] }\n`)
      expect(await pathsOf(text)).not.toContain('listen.trustedProxies[0]')
    },
  )
})

describe('limits for wrong passwords', () => {
  const limited = (limits: string, settings = 'password: {}'): string =>
    aConfig(`throttling: { ${limits} }\n`).replace(
      '    clientSecret',
      `    ${settings}\n    clientSecret`,
    )

  test.each([
    ['account: { failures: 1000 }', 'throttling.account'],
    ['account: { window: 1s }', 'throttling.account'],
    ['account: { lockout: 1s }', 'throttling.account'],
    ['address: { failures: 1000000 }', 'throttling.address'],
    ['address: { window: 1s }', 'throttling.address'],
  ])('of { %s } keep nobody from guessing: a warning', async (limits, path) => {
    const found = (await warningsOf(limited(limits))).filter((each) => each.path === path)
    expect(found).toHaveLength(1)
    expect(found[0]!.message).toMatch(/^about \d+ passwords can be tried/)
  })

  test('that are the default, or ten times as many for a big site, are fine', async () => {
    for (const limits of ['', 'account: { failures: 50 }, address: { failures: 500 }']) {
      const paths = await pathsOf(limited(limits))
      expect(paths.filter((path) => path.startsWith('throttling'))).toEqual([])
    }
  })

  test('do not matter where nobody types a password here', async () => {
    const text = limited('account: { failures: 1000 }', 'displayName: Acme')
    expect(await pathsOf(text)).not.toContain('throttling.account')
  })
})

describe('a method in a header', () => {
  const overriding = '    allowMethodOverride: true\n'

  test('is warned about where routes tell methods apart', async () => {
    const text = aConfig(
      `${overriding}  - { match: { path: /x/**, methods: [DELETE] }, upstream: billing, require: { groups: [admins] } }\n`,
    )
    expect(await pathsOf(text)).toContain('routes[0].allowMethodOverride')
  })

  test('is nobody’s concern where they do not, or only for another application', async () => {
    const other =
      '  - { match: { path: /x, methods: [GET] }, upstream: shop }\nupstreams2: { url: http://127.0.0.1:1 }\n'
    const text = aConfig(overriding + other)
      .replace('upstreams2: { url: http://127.0.0.1:1 }\n', '')
      .replace('routes:', '  shop: { url: http://127.0.0.1:3001 }\nroutes:')
    expect(await pathsOf(aConfig(overriding))).not.toContain('routes[0].allowMethodOverride')
    expect(await pathsOf(text)).not.toContain('routes[0].allowMethodOverride')
  })
})

describe('credentials for an upstream', () => {
  const at = (upstream: string): string =>
    aConfig().replace('{ url: http://127.0.0.1:3000 }', upstream)

  test.each(['{ type: basic, password: p }', '{ type: access-token }'])(
    '%s over plain http to another machine are warned about',
    async (credentials) => {
      const paths = await pathsOf(at(`{ url: "http://10.0.0.5", credentials: ${credentials} }`))
      expect(paths).toContain('upstreams.billing.url')
    },
  )

  test('such as the password of a form that is replayed, likewise', async () => {
    const form =
      '    access: optional\n    signInForm: { user: u, password: p, success: { replay: { password: x } } }\n'
    const text = aConfig(form)
      .replace('{ url: http://127.0.0.1:3000 }', '{ url: "http://10.0.0.5" }')
      .replace('    clientSecret', '    password: {}\n    clientSecret')
    expect(await pathsOf(text)).toContain('upstreams.billing.url')
  })

  test.each([
    '{ url: "https://10.0.0.5", credentials: { type: access-token } }',
    '{ url: "http://127.0.0.1:3000", credentials: { type: access-token } }',
    '{ url: "http://10.0.0.5" }',
  ])('%s: nothing to warn about', async (upstream) => {
    expect(await pathsOf(at(upstream))).not.toContain('upstreams.billing.url')
  })
})

describe('a protected resource', () => {
  const api = (resource: string, more = ''): string =>
    aConfig(`    authenticate: [bearer]\nprotectedResources: [${resource}]\n`).replace(
      /clientId[^]*?(?=upstreams)/,
      `bearer: { audiences: [https://app.example.com] }\n${more}`,
    )

  test('whose tokens no route takes is warned about', async () => {
    const text = api('https://app.example.com/invoices').replace('/**', '/invoices/**')
    const found = await warningsOf(text)
    expect(found).toMatchObject([
      { path: 'protectedResources[0]', message: expect.stringContaining('https://app.example') },
    ])
  })

  test('that is an audience of the provider is fine', async () => {
    expect(await pathsOf(api('https://app.example.com'))).toEqual([])
  })
})

describe('a file with a secret', () => {
  async function openedTo(mode: number): Promise<string[]> {
    await using folder = await createFolder()
    const sessions = 'sessions: { store: memory, keys: [{ file: key }] }\n'
    await chmod(await folder.write('key', aKey), mode)
    const loaded = await loadConfig(
      await folder.write('postern.yaml', aConfig(sessions)),
      {},
      () => [],
    )
    return 'warnings' in loaded ? loaded.warnings.map(({ message }) => message) : ['not loaded']
  }

  test.each([0o644, 0o640, 0o604])('that others may read (%o) is warned about', async (mode) => {
    expect(await openedTo(mode)).toEqual([
      'other accounts of this machine may read the file key. chmod 600 keeps them out.',
    ])
  })

  test.each([0o600, 0o400])('that is ours alone (%o) is not', async (mode) => {
    expect(await openedTo(mode)).toEqual([])
  })
})

test('routes that are no list are told what a list looks like', async () => {
  const text = aConfig().replace(
    '  - match: { path: /** }\n    upstream',
    '  match: { path: /** }\n  upstream',
  )
  expect(await printed(text)).toContain(
    'routes: expected a list, found a mapping. Begin each entry with a dash and a space.',
  )
})

test('an origin with a wildcard is refused where it would never match', async () => {
  const text = aConfig('    websocketOrigins: ["https://*.example.com"]\n')
  expect(await printed(text)).toContain(
    'routes[0].websocketOrigins[0]: expected an http(s) URL without path, query, credentials or wildcards',
  )
})
