// Callers with access tokens of their own, as many as a test wants: signed here, verified by a key file, so that
// no issuer has to know them.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import type { ConfigInput } from '../../src/config/schema.ts'

export interface Machines extends Disposable {
  readonly provider: ConfigInput['providers'][number]
  /** The Authorization field of a token with these claims. */
  authorize(claims: { readonly sub?: string; readonly client_id?: string }): Promise<string[]>
}

export function createMachines(id = 'machines'): Machines {
  const folder = mkdtempSync(join(tmpdir(), 'postern-machines-'))
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keysFile = join(folder, 'keys.json')
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }
  writeFileSync(keysFile, JSON.stringify({ keys: [key] }))
  const issuer = `https://${id}.example`
  const audience = 'https://api.example'
  return {
    provider: { id, issuer, bearer: { audiences: [audience], keysFile } },
    async authorize(claims) {
      const token = await new SignJWT({ ...claims, jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('12h')
        .sign(privateKey)
      return ['Authorization', `Bearer ${token}`]
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
