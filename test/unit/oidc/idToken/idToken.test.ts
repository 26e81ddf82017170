import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../../src/crypto/secret.ts'
import { IdTokenRefused } from '../../../../src/oidc/issuer/faults.ts'
import {
  verifyLoginIdToken,
  verifyRefreshedIdToken,
  type IdTokenPolicy,
} from '../../../../src/oidc/idToken/idToken.ts'
import { createIssuerFetch } from '../../../../src/oidc/issuer/issuerFetch.ts'
import { createIssuerKeys } from '../../../../src/oidc/issuer/keys.ts'
import {
  createSigningKey,
  leaveUnsigned,
  makeIdToken,
  publicKeyText,
  rogueAccessToken,
  signWith,
  signWithSecret,
  startRogueIssuer,
  type IdTokenTwist,
  type RogueIssuer,
  type SigningKey,
} from '../../../support/rogueIssuer.ts'
import { createRecordedLog } from '../oidcWorld.ts'

const longSecret = 'a client secret of more than thirty-two bytes'
const now = Math.floor(Date.now() / 1000)

let rogue: RogueIssuer
let stranger: SigningKey
let honest: SigningKey
let policy: IdTokenPolicy

beforeAll(async () => {
  rogue = await startRogueIssuer()
  honest = rogue.key
  stranger = await createSigningKey()
})
afterAll(() => rogue.stop())

beforeEach(() => {
  Object.assign(rogue, { key: honest, jwks: [honest.publicJwk], idToken: {}, nonce: 'the-nonce' })
  policy = {
    issuer: rogue.issuer,
    clientId: 'postern',
    clientSecret: new Secret(longSecret),
    algorithms: ['ES256'],
    keys: createIssuerKeys({
      issuer: rogue.issuer,
      jwksUri: () => `${rogue.issuer}/jwks`,
      fetch: createIssuerFetch({ allowHttp: true }),
      clock: { now: () => Date.now() / 1000 },
      log: createRecordedLog(),
    }),
    clockSkew: 30_000,
  }
})

async function login(twist: IdTokenTwist = {}, changes: Partial<IdTokenPolicy> = {}) {
  rogue.idToken = twist
  const received = { idToken: await makeIdToken(rogue), accessToken: rogueAccessToken, now }
  return verifyLoginIdToken(received, { ...policy, ...changes }, 'the-nonce')
}

function keyedBy(secret: string): NonNullable<IdTokenTwist['sign']> {
  return (claims, header) => signWithSecret(secret, claims, header)
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const outcome = await attempt.catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(IdTokenRefused)
  return outcome instanceof Error ? outcome.message : ''
}

test('an honest token passes, with all its claims', async () => {
  const claims = await login({ claims: { groups: ['staff'], email: 'm@example.com' } })
  expect(claims).toMatchObject({ sub: 'mallory', groups: ['staff'], email: 'm@example.com' })
})

describe('a claim that is not right refuses the token', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['another issuer', { iss: 'https://evil.example' }, 'iss'],
    ['an issuer that differs by a slash', { iss: 'http://localhost/' }, 'iss'],
    ['no issuer', { iss: undefined }, 'iss'],
    ['another audience', { aud: 'someone-else' }, 'aud'],
    ['no audience', { aud: undefined }, 'aud'],
    ['an empty list of audiences', { aud: [] }, 'aud'],
    ['a list of other audiences', { aud: ['a', 'b'] }, 'aud'],
    ['several audiences without azp', { aud: ['postern', 'b'] }, 'azp'],
    ['several audiences with another azp', { aud: ['postern', 'b'], azp: 'b' }, 'azp'],
    ['one audience with another azp', { azp: 'b' }, 'azp'],
    ['an azp that is no string', { azp: 1 }, 'azp'],
    ['another nonce', { nonce: 'another' }, 'nonce'],
    ['no nonce', { nonce: undefined }, 'nonce'],
    ['a nonce that is no string', { nonce: ['the-nonce'] }, 'nonce'],
    ['no subject', { sub: undefined }, 'sub'],
    ['an empty subject', { sub: '' }, 'sub'],
    ['a subject that is a number', { sub: 42 }, 'sub'],
    ['a subject of 256 characters', { sub: 's'.repeat(256) }, 'sub'],
    ['an end that is past', { exp: now - 31 }, 'exp'],
    ['no end', { exp: undefined }, 'exp'],
    ['an end that is a string', { exp: String(now + 300) }, 'exp'],
    ['an end of 1e300', { exp: 1e300 }, 'exp'],
    ['a negative end', { exp: -1 }, 'exp'],
    ['an issue time to come', { iat: now + 31 }, 'iat'],
    ['no issue time', { iat: undefined }, 'iat'],
    ['an issue time that is a string', { iat: String(now) }, 'iat'],
    ['a start to come', { nbf: now + 31 }, 'nbf'],
    ['a start that is no number', { nbf: null }, 'nbf'],
    ['an authentication time that is no number', { auth_time: 'now' }, 'auth_time'],
    ['the hash of another access token', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'at_hash'],
    ['an empty at_hash', { at_hash: '' }, 'at_hash'],
    ['an at_hash that is no string', { at_hash: null }, 'at_hash'],
    ['a session id that is no string', { sid: 5 }, 'sid'],
  ])('%s', async (_name, claims, claim) => {
    const detail = await refusal(login({ claims }))
    expect(detail.split(/[:.]/)[0]).toBe(claim)
    expect(detail).not.toContain('the-nonce')
  })
})

describe('what is allowed', () => {
  test.each<[string, Record<string, unknown>]>([
    ['an end within the skew', { exp: now - 29 }],
    ['an issue time within the skew', { iat: now + 29 }],
    ['an end with a fraction', { exp: now + 0.5 }],
    ['several audiences with azp', { aud: ['b', 'postern'], azp: 'postern' }],
    ['a subject of 255 characters', { sub: 's'.repeat(255) }],
  ])('%s', async (_name, claims) => {
    await expect(login({ claims })).resolves.toMatchObject(claims)
  })

  test.each(['JWT', 'jwt'])('typ %s', async (typ) => {
    await expect(login({ header: { typ } })).resolves.toMatchObject({ sub: 'mallory' })
  })

  test.each(['ES256', 'ES384', 'RS256', 'RS512', 'PS256', 'EdDSA', 'Ed25519'])(
    'a true at_hash, made as %s says',
    async (alg) => {
      rogue.key = await createSigningKey(alg)
      rogue.jwks = [rogue.key.publicJwk]
      const size = alg.startsWith('Ed') ? '512' : alg.slice(2)
      const digest = createHash(`sha${size}`).update(rogueAccessToken).digest()
      const at_hash = digest.subarray(0, digest.length / 2).toString('base64url')
      await expect(login({ claims: { at_hash } }, { algorithms: [alg] })).resolves.toMatchObject({
        at_hash,
      })
    },
  )

  test('a token without kid, where one of the keys has made it', async () => {
    rogue.jwks = [stranger.publicJwk, honest.publicJwk]
    await expect(login({ header: { kid: undefined } })).resolves.toMatchObject({ sub: 'mallory' })
  })
})

describe('a signature or header that is not right refuses the token', () => {
  test('no signature', async () => {
    expect(await refusal(login({ sign: leaveUnsigned }))).toContain('alg')
  })

  test('no signature, where the issuer itself lists none', async () => {
    const attempt = login({ sign: leaveUnsigned }, { algorithms: ['ES256', 'none'] })
    expect(await refusal(attempt)).toContain('signature')
  })

  test('HS256 made with the public key, even where HS256 is accepted', async () => {
    const sign = keyedBy(await publicKeyText(honest))
    expect(await refusal(login({ sign }))).toContain('alg')
    expect(await refusal(login({ sign }, { algorithms: ['ES256', 'HS256'] }))).toContain(
      'signature',
    )
  })

  test('HS256 made with the client secret, unless the operator accepts it', async () => {
    const sign = keyedBy(longSecret)
    expect(await refusal(login({ sign }))).toContain('alg')
    await expect(login({ sign }, { algorithms: ['HS256'] })).resolves.toMatchObject({
      sub: 'mallory',
    })
  })

  test('HS256 with a client secret that can be guessed', async () => {
    const sign = keyedBy('short')
    const clientSecret = new Secret('short')
    expect(await refusal(login({ sign }, { algorithms: ['HS256'], clientSecret }))).toContain('alg')
  })

  test("a stranger's signature under the kid of the issuer's key, without another reading", async () => {
    await login()
    const readings = rogue.counts.jwks
    const forged = login({ sign: (claims, header) => signWith(stranger, claims, header) })
    expect(await refusal(forged)).toContain('signature')
    expect(rogue.counts.jwks).toBe(readings)
  })

  test('a claim changed after signing', async () => {
    const changed = login({
      async sign(claims, header) {
        const [head, , signature] = (await signWith(honest, claims, header)).split('.')
        const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' }))
        return `${head}.${payload.toString('base64url')}.${signature}`
      },
    })
    expect(await refusal(changed)).toContain('signature')
  })

  test('a key that the token brings along', async () => {
    const forged = login({
      sign: (claims, header) =>
        signWith(stranger, claims, { ...header, kid: undefined, jwk: stranger.publicJwk }),
    })
    expect(await refusal(forged)).toContain('signature')
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['an access token', { typ: 'at+jwt' }, 'typ'],
    ['a logout token', { typ: 'logout+jwt' }, 'typ'],
    ['a typ that is no string', { typ: ['JWT'] }, 'typ'],
  ])('%s', async (_name, header, parameter) => {
    expect(await refusal(login({ header }))).toContain(parameter)
  })

  test.each([
    ['an extension', { crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
    ['a kid that is no string', { kid: 7 }],
  ])('%s', async (_name, members) => {
    const sign: IdTokenTwist['sign'] = async (claims, header) => {
      const [, payload, signature] = (await signWith(honest, claims, header)).split('.')
      const head = Buffer.from(JSON.stringify({ ...header, ...members })).toString('base64url')
      return `${head}.${payload}.${signature}`
    }
    expect(await refusal(login({ sign }))).toContain(Object.keys(members)[0])
  })

  test.each([
    ['nothing', ''],
    ['a word', 'token'],
    ['dots', '..'],
    ['an encrypted token', 'e30.e30.e30.e30.e30'],
    ['a header that is a list', 'W10.e30.AAAA'],
    ['over 64 KB', `${'A'.repeat(70_000)}.e30.AAAA`],
  ])('%s', async (_name, token) => {
    await refusal(login({ sign: () => token }))
  })
})

describe('a refreshed token (OpenID Connect Core 1.0 §12.2)', () => {
  async function refresh(before: IdTokenTwist, after: IdTokenTwist): Promise<unknown> {
    rogue.idToken = before
    const previous = await makeIdToken(rogue)
    rogue.idToken = after
    const received = { idToken: await makeIdToken(rogue), accessToken: rogueAccessToken, now }
    return verifyRefreshedIdToken(received, policy, { idToken: previous, subject: 'mallory' })
  }

  test('may leave out nonce and auth_time', async () => {
    const claims = { nonce: undefined, auth_time: undefined }
    await expect(refresh({ claims: { auth_time: 5 } }, { claims })).resolves.toMatchObject({
      sub: 'mallory',
    })
  })

  test.each<[string, Record<string, unknown>]>([
    ['sub', { sub: 'alice' }],
    ['nonce', { nonce: 'another' }],
    ['auth_time', { auth_time: 6 }],
    ['iss', { iss: 'https://evil.example' }],
    ['aud', { aud: 'someone-else' }],
    ['exp', { exp: now - 100 }],
    ['at_hash', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('with another %s is refused', async (claim, claims) => {
    expect(await refusal(refresh({ claims: { auth_time: 5 } }, { claims }))).toContain(claim)
  })
})
