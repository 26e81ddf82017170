// Sessions in the browser: the whole of it sealed by iron-session into one cookie, or into up to four.
// Nothing is kept here, so nothing here can end a session that was copied. A value that is altered, cut,
// oversized, over, or sealed under a key that is gone is no session; it never throws.

import { randomBytes } from 'node:crypto'
import { sealData, unsealData } from 'iron-session'
import type { SessionSettings } from '../../config/config.ts'
import { createKeyRing, type SealingKey } from '../../crypto/keyRing.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { findCookie, type CookieJar } from '../../http/cookies.ts'
import type { Clock } from '../../time.ts'
import { fromRecord, isRecord, toFirstStored, toRecord, type SessionRecord } from './record.ts'
import type { SessionStore, StoredSession } from './sessionStore.ts'

// RFC 6265bis §5.7: browsers take 4,096 bytes of name and value. The rest is for the name and for peers
// that count the attributes too.
const chunkLength = 3_950
const maxChunks = 4
// Because the listener takes 16 KiB of fields by default, and a session must leave room for the others.
const maxSealedLength = 12_288
const versionMark = '~2'

export interface CookieStoreOptions {
  readonly settings: SessionSettings
  readonly jar: CookieJar
  readonly clock: Clock
}

export function createCookieStore({ settings, jar, clock }: CookieStoreOptions): SessionStore {
  const keys = createKeyRing(settings.keys, 'session cookie')
  const sealingPassword = toPasswords([keys.first])
  const openingPasswords = toPasswords(keys.all)
  const chunkNames = Array.from({ length: maxChunks - 1 }, (_, at) => `${jar.base}.${at + 1}`)

  async function sealStored(stored: StoredSession): Promise<string> {
    const ttl = Math.max(1, Math.ceil(stored.session.endsAt - clock.now()))
    const sealed = await sealData(toRecord(stored), { password: sealingPassword, ttl })
    return toCredential(sealed.slice(0, -versionMark.length))
  }

  return {
    freshSeconds: Infinity,
    findCredential: (cookies) => findChunked(cookies, jar.base, chunkNames),
    toCookieValues: (credential) => credential.match(chunkPattern) ?? [],
    async load(credential, known) {
      if (known !== undefined) return known
      if (!isCanonical(credential)) return undefined
      const content = await unsealData<SessionRecord>(credential.slice(1), {
        password: openingPasswords,
      })
      return isRecord(content) ? toStored(content) : undefined
    },
    async create(facts) {
      const stored = toFirstStored({ id: randomBytes(32).toString('base64url'), ...facts })
      return { credential: await sealStored(stored), stored }
    },
    replace: (_, stored) => sealStored(stored),
    touch: (_, stored) => sealStored(stored),
    remove: () => {},
    isReady: () => true,
    close: async () => {},
  }
}

// Threat: outside of what iron-session authenticates are a mark behind `~` and the spelling of the digest;
// a value with two spellings is taken in one alone.
function isCanonical(credential: string): boolean {
  const digest = credential.slice(credential.lastIndexOf('*') + 1)
  return Buffer.from(digest, 'base64url').toString('base64url') === digest
}

function toPasswords(keys: readonly SealingKey[]): Record<string, string> {
  return Object.fromEntries(keys.map(({ kid, key }) => [String(kid), key.toString('base64url')]))
}

function toStored(record: SessionRecord): StoredSession {
  const { lastSeen } = record
  return fromRecord(record, { lastSeen, touchedAt: lastSeen, isUsed: false })
}

// A credential is the number of its chunks, then the seal: so a chunk left over from a longer one is not read.
const chunkPattern = new RegExp(`.{1,${chunkLength}}`, 'g')

function toCredential(sealed: string): string {
  const count = Math.ceil((sealed.length + 1) / chunkLength)
  if (sealed.length > maxSealedLength || count > maxChunks) {
    throw new GatewayError(
      'session_too_large',
      `the sealed session has ${sealed.length} characters, cookies take ${maxSealedLength}`,
    )
  }
  return `${count}${sealed}`
}

function findChunked(
  cookies: string,
  base: string,
  chunkNames: readonly string[],
): string | undefined {
  let credential = findCookie(cookies, base)
  if (credential === undefined || credential.length > chunkLength) return undefined
  const count = credential.charCodeAt(0) - 48
  if (!(count >= 1 && count <= maxChunks)) return undefined
  for (let at = 0; at < count - 1; at += 1) {
    const chunk = findCookie(cookies, chunkNames[at]!)
    if (chunk === undefined || chunk.length > chunkLength) return undefined
    credential += chunk
  }
  return credential
}
