// An issuer without a server: its key in a file for the gateway, and one token that it has signed.

import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const tokenIssuer = 'https://machines.example'
export const tokenAudience = 'https://api.example'

/** About 600 bytes, good for a day. */
export function makeAccessToken(folder: string): { keysFile: string; token: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keysFile = join(folder, 'keys.json')
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' }
  writeFileSync(keysFile, JSON.stringify({ keys: [key] }))
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: tokenIssuer, aud: tokenAudience, sub: 'robot', client_id: 'robot' }
  const signed = [
    { alg: 'RS256', kid: 'bench', typ: 'at+jwt' },
    { ...claims, iat, exp: iat + 86_400, scope: 'things:read' },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url')
  return { keysFile, token: `${signed}.${signature}` }
}
