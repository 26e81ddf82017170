import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import * as fc from 'fast-check'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { isSuitable, parseVerificationKey, type KeyHint } from '../../../../src/crypto/jwk.ts'
import { parseJwt, verifyJwt } from '../../../../src/oidc/accessTokens/jwt.ts'

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const algorithms = ['ES256', 'RS256', 'EdDSA']

/** What was signed, as it is read here; undefined where it is refused. */
async function open(text: string, publicKey: KeyObject): Promise<unknown> {
  const key = parseVerificationKey(publicKey.export({ format: 'jwk' }))!
  const keys = { find: async (hint: KeyHint) => [key].filter((it) => isSuitable(it, hint)) }
  const jwt = parseJwt(text)
  if (jwt === undefined) return undefined
  try {
    return await verifyJwt(jwt, { algorithms, types: ['jwt'], keys })
  } catch {
    return undefined
  }
}

/** The same by another library. */
async function openByJose(text: string, publicKey: KeyObject): Promise<unknown> {
  try {
    const { payload } = await compactVerify(text, publicKey, { algorithms })
    return JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return undefined
  }
}

interface Change {
  readonly place: number
  readonly character: string
  readonly kind: 'replace' | 'insert' | 'remove'
}

const changes = fc.array(
  fc.record<Change>({
    place: fc.nat(),
    character: fc.constantFrom(...Array.from('Aa09-_+/=~. \n')),
    kind: fc.constantFrom('replace', 'insert', 'remove'),
  }),
  { maxLength: 2 },
)

function bend(text: string, { place, character, kind }: Change): string {
  const at = place % (text.length + 1)
  const rest = text.slice(kind === 'insert' ? at : at + 1)
  return text.slice(0, at) + (kind === 'remove' ? '' : character) + rest
}

describe.each<[string, () => Pair]>([
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['EdDSA', () => generateKeyPairSync('ed25519')],
])('a JWT by %s', (alg, createPair) => {
  const { publicKey, privateKey } = createPair()
  const sign = () =>
    new CompactSign(new TextEncoder().encode('{"sub":"robot"}'))
      .setProtectedHeader({ alg, typ: 'JWT' })
      .sign(privateKey)

  test('that is accepted, however it was bent, is accepted by jose, and says the same', async () => {
    const honest = await sign()
    expect(await open(honest, publicKey)).toEqual({ sub: 'robot' })
    await fc.assert(
      fc.asyncProperty(changes, async (bends) => {
        const text = bends.reduce(bend, honest)
        const opened = await open(text, publicKey)
        if (opened !== undefined) expect(opened).toEqual(await openByJose(text, publicKey))
      }),
      { numRuns: 300 },
    )
  })
})
