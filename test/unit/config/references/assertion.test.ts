import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../../src/config/load.ts'
import { generateSigningJwk } from '../../../../src/crypto/signingKey.ts'
import { createFolder } from '../../../support/folder.ts'
import { aConfig, printed } from '../configFile.ts'

/** Loads a configuration with a good key beside it, `good.jwk`. */
async function loadBesideKey(text: string, files: Readonly<Record<string, string>> = {}) {
  await using folder = await createFolder()
  await folder.write('good.jwk', generateSigningJwk())
  for (const [name, content] of Object.entries(files)) await folder.write(name, content)
  return await loadConfig(await folder.write('postern.yaml', text), {}, () => [])
}

async function problemsBesideKey(text: string, files?: Readonly<Record<string, string>>) {
  const loaded = await loadBesideKey(text, files)
  return 'problems' in loaded ? loaded.problems : []
}

async function warningsAbout(path: string, text: string): Promise<string[]> {
  const loaded = await loadBesideKey(text)
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return loaded.warnings
    .filter((warning) => warning.path.startsWith(path))
    .map(({ message }) => message)
}

const keys = 'assertion: { keys: [{ file: good.jwk }] }\n'

test('key files are named absolutely, lives are five minutes, and no claim is told unasked', async () => {
  const loaded = await loadBesideKey(aConfig(`${keys}identity: { assertion: {} }\n`))
  expect(loaded).toMatchObject({
    config: {
      assertion: { keys: [{ file: expect.stringMatching(/^\/.*\/good\.jwk$/) }] },
      identity: { assertion: { claims: [], lifetime: 300_000 } },
    },
  })
})

test('a route that wants an assertion needs a key that signs it', async () => {
  const text = aConfig('    identity: { assertion: {} }\n')
  expect(await printed(text)).toContain(
    'postern.yaml:12:17  routes[0].identity.assertion: no key signs it: set the top-level assertion.keys',
  )
  expect(await printed(aConfig('identity: { assertion: {} }\n'))).toContain(
    'postern.yaml:12:13  identity.assertion: no key signs it',
  )
})

describe('a file that holds no key to sign with is a problem of its line', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  test.each([
    ['is not there', 'none.jwk', /none\.jwk does not exist\.$/],
    ['is no key', 'text', /text is no private key: .*postern keygen --assertion$/],
    ['is an RSA key', 'rsa.pem', /rsa\.pem is of another kind: expected P-256 or Ed25519/],
  ])('%s', async (_, file, message) => {
    const text = aConfig(`assertion: { keys: [{ file: good.jwk }, { file: ${file} }] }\n`)
    const files = { text: 'x', 'rsa.pem': rsa.export({ format: 'pem', type: 'pkcs8' }) }
    expect(await problemsBesideKey(text, files)).toMatchObject([
      { line: 12, path: 'assertion.keys[1].file', message: expect.stringMatching(message) },
    ])
  })

  test('no key at all', async () => {
    const [problem] = await problemsBesideKey(aConfig('assertion: { keys: [] }\n'))
    expect(problem).toMatchObject({ path: 'assertion.keys', line: 12 })
  })
})

test.each(['iss', 'aud', 'sub', 'idp', 'kind', 'client_id', 'iat', 'exp', 'nbf', 'jti', 'cnf'])(
  'the claim %s cannot be chosen, because a verifier reads it as the assertion’s own',
  async (name) => {
    const text = aConfig(`${keys}identity: { assertion: { claims: [email, ${name}] } }\n`)
    expect(await problemsBesideKey(text)).toMatchObject([
      { path: 'identity.assertion.claims[1]', line: 13 },
    ])
  },
)

test.each(['5s', '6m'])('a life of %s is refused', async (lifetime) => {
  const text = aConfig(`${keys}identity: { assertion: { lifetime: ${lifetime} } }\n`)
  expect(await problemsBesideKey(text)).toMatchObject([
    { path: 'identity.assertion.lifetime', message: expect.stringContaining('10s to 5m') },
  ])
})

test.each([
  'X-Postern-Assertion',
  'x_postern_assertion',
  'X--Postern-Assertion',
  '_X.Postern.Assertion',
  'HTTP_X_POSTERN_ASSERTION',
])('no claim is written to %s, where it would be taken for signed', async (name) => {
  const text = aConfig(`identity: { headers: { ${name}: email } }\n`)
  expect(await problemsBesideKey(text)).toMatchObject([
    { line: 12, message: 'this field is not free to carry a claim.' },
  ])
})

describe('what works and is doubtful', () => {
  test('a key that signs nothing', async () => {
    expect(await warningsAbout('assertion', aConfig(keys))).toEqual([
      'nothing is signed: no route has an identity with an assertion.',
    ])
  })

  test('two applications that take each other’s assertions', async () => {
    const text = aConfig(`${keys}identity: { assertion: {} }\n`)
      .replace(
        'billing: { url: http://127.0.0.1:3000 }',
        'billing: { url: http://127.0.0.1:3000 }\n  other: { url: http://127.0.0.1:3001, assertionAudience: billing }',
      )
      .replace('routes:', 'routes:\n  - match: { path: /other/** }\n    upstream: other')
    expect(await warningsAbout('upstreams', text)).toEqual([
      'other has the same assertionAudience: each takes the assertions of the other.',
    ])
  })
})

describe.each(['7', '"~ ~"', 'null', 'true', '{ x: 1 }', '[[null]]'])('with %s', (value) => {
  test.each([
    `assertion: ${value}`,
    `assertion: { keys: ${value} }`,
    `assertion: { keys: [${value}, { file: good.jwk }] }`,
    `assertion: { keys: [{ file: ${value} }] }`,
    `${keys}identity: { assertion: ${value} }`,
    `${keys}identity: { assertion: { claims: ${value} } }`,
    `${keys}identity: { assertion: { claims: [${value}] } }`,
    `${keys}identity: { assertion: { lifetime: ${value} } }`,
  ])('in %j the check has an answer', async (text) => {
    const loaded = await loadBesideKey(aConfig(`${text}\n`))
    expect('config' in loaded || loaded.problems.length > 0).toBe(true)
  })
})
