// The keys of an issuer out of a file, for issuers that publish none. Read once, at start.

import { readFileSync } from 'node:fs'
import { isSuitable, parseKeySet } from '../../crypto/jwk.ts'
import type { IssuerKeys } from './keys.ts'

const maxCandidates = 4

/** @throws where the file cannot be read or has no key; the configuration has refused it before */
export function createStaticKeys(file: string): IssuerKeys {
  const keys = parseKeySet(JSON.parse(readFileSync(file, 'utf8')))
  if (keys.length === 0) throw new Error(`no key that can be used in ${file}`)
  return {
    find: ({ alg, kid }) =>
      keys
        // Because a key that was put into a file by hand often has no kid: it is tried for any.
        .filter((key) => isSuitable(key, { alg, kid: key.kid === undefined ? undefined : kid }))
        .slice(0, maxCandidates),
    prefetch: async () => true,
  }
}
