// Secrets that change while the gateway runs, since their files do. An empty file changes nothing.

import { Secret } from '../crypto/secret.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import type { WatchableSecret } from './config.ts'

/** A secret as it is now. */
export interface LiveSecret extends WatchableSecret {
  secret: Secret
}

export interface SecretGroup {
  /** What the log calls them. */
  readonly setting: string
  /** Those that came from no file stay what they are. */
  readonly secrets: readonly LiveSecret[]
  readonly onChanged?: (() => void) | undefined
}

/** Writes the secrets anew, all at once, when their files change: an id never goes with the secret of another. */
export function watchSecrets(
  { setting, secrets, onChanged }: SecretGroup,
  files: WatchedFiles,
): void {
  const followed = secrets.filter(({ file }) => file !== undefined)
  if (followed.length === 0) return
  files.watch({
    setting,
    files: followed.flatMap(({ file }) => file ?? []),
    contents: followed.map(({ secret }) => secret.reveal()),
    take(contents) {
      const empty = contents.indexOf('')
      if (empty !== -1) return { fault: `the file ${followed[empty]?.file} is empty` }
      for (const [at, live] of followed.entries()) live.secret = new Secret(contents[at] ?? '')
      onChanged?.()
      return {}
    },
  })
}
