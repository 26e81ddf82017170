// Access tokens for the bench, signed here: the keys in a file for the gateway, tokens that are all different, and
// scripts that send another one, or ask for another path, with each request.

import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const tokenIssuer = 'https://machines.example'
export const tokenAudience = 'https://api.example'

export interface SigningKey {
  readonly alg: 'ES256' | 'RS256'
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const signingKeys: readonly SigningKey[] = [
  { alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  { alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
]

/** A JWK Set; its keys are named by their algorithms. */
export function writeKeys(folder: string): string {
  const file = join(folder, 'keys.json')
  const keys = signingKeys.map(({ alg, publicKey }) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: alg,
    alg,
    use: 'sig',
  }))
  writeFileSync(file, JSON.stringify({ keys }))
  return file
}

/** About 600 bytes, good for a day; `client` makes it differ from others. */
export function makeAccessToken({ alg, privateKey }: SigningKey, client = 'robot'): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: tokenIssuer, aud: tokenAudience, sub: client, client_id: client }
  const signed = [
    { alg, kid: alg, typ: 'at+jwt' },
    { ...claims, iat, exp: iat + 86_400, scope: 'things:read' },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const }
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

// Because the gateway remembers 10,000 of them: sent in turn, each is forgotten before it comes again.
export const distinctTokens = 12_000

export function makeDistinctTokens(key: SigningKey): string[] {
  return Array.from({ length: distinctTokens }, (_, at) => makeAccessToken(key, `robot-${at}`))
}
