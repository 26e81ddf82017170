// The keys of an issuer out of a file, for issuers that publish none. Read again when the file changes; what it says
// otherwise stays in use while it cannot be read, or has no key.

import { isSuitable, parseKeySet } from '../../crypto/jwk.ts'
import { readTextNow } from '../../files/readText.ts'
import type { WatchedFiles } from '../../files/watchedFiles.ts'
import type { IssuerKeys } from './keys.ts'

export interface StaticKeysOptions {
  /** What the log calls the file. */
  readonly setting: string
  readonly files: WatchedFiles
  /** Called before anybody gets the new keys. */
  readonly onRotated: () => void
}

const maxCandidates = 4

/** @throws where the file cannot be read or has no key; the configuration has refused it before */
export function createStaticKeys(
  file: string,
  { setting, files, onRotated }: StaticKeysOptions,
): IssuerKeys {
  const text = readTextNow(file)
  let keys = parseKeySet(JSON.parse(text))
  if (keys.length === 0) throw new Error(`no key that can be used in ${file}`)
  files.watch({
    setting,
    files: [file],
    contents: [text],
    take([changed = '']) {
      const found = parseKeySet(JSON.parse(changed))
      if (found.length === 0) return { fault: `the file ${file} has no key that can be used` }
      keys = found
      onRotated()
      return {}
    },
  })
  return {
    find: async ({ alg, kid }) =>
      keys
        // Because a key that was put into a file by hand often has no kid: it is tried for any.
        .filter((key) => isSuitable(key, { alg, kid: key.kid === undefined ? undefined : kid }))
        .slice(0, maxCandidates),
    prefetch: async () => true,
  }
}
