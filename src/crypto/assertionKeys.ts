// The keys that sign identity assertions, out of files: the first signs, all are published. A file that changes is
// taken without a restart; one that holds no key changes nothing.

import { readTextNow } from '../files/readText.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import type { Clock, EpochSeconds } from '../time.ts'
import { parseSigningKey, type PublicJwk, type SigningKey } from './signingKey.ts'

export interface AssertionKeys {
  /** Another object after a rotation. */
  readonly signing: () => SigningKey
  /** Those of the files, and those that stood there until a while ago. */
  readonly published: () => readonly PublicJwk[]
}

export interface AssertionKeysOptions {
  /** Absolute names, at least one. */
  readonly names: readonly string[]
  readonly files: WatchedFiles
  readonly clock: Clock
}

/**
 * How long a key that was replaced stays published: until what it signed is over, here and on replicas that find
 * the new one a few minutes later.
 */
export const graceSeconds: EpochSeconds = 15 * 60

/** @throws where a file cannot be read or holds no key; the configuration has refused it before */
export function createAssertionKeys({ names, files, clock }: AssertionKeysOptions): AssertionKeys {
  // Because of files that swap their keys: each is watched on its own and looked at in turn, so that neither key is
  // unpublished meanwhile.
  const keys = names.map(watch)
  let replaced: readonly { readonly key: SigningKey; readonly until: EpochSeconds }[] = []

  function watch(name: string, at: number): SigningKey {
    const text = readTextNow(name)
    files.watch({
      setting: `assertion.keys[${at}]`,
      files: [name],
      contents: [text],
      take([fresh = '']) {
        const parsed = parseSigningKey(fresh)
        if ('fault' in parsed) return { fault: `the file ${name} ${parsed.fault}` }
        replaced = [...findReplaced(), { key: keys[at]!, until: clock.now() + graceSeconds }]
        keys[at] = parsed.key
        return { said: { kid: parsed.key.kid } }
      },
    })
    const parsed = parseSigningKey(text)
    if ('fault' in parsed) throw new Error(`the file ${name} ${parsed.fault}`)
    return parsed.key
  }

  function findReplaced(): typeof replaced {
    return replaced.filter(({ until }) => clock.now() < until)
  }

  return {
    signing: () => keys[0]!,
    published() {
      const all = [...keys, ...findReplaced().map(({ key }) => key)]
      return [...new Map(all.map(({ kid, publicJwk }) => [kid, publicJwk])).values()]
    },
  }
}
