// Secrets that change while the gateway runs, since their files do. An empty file changes nothing.

import type { Secret } from '../../crypto/secret.ts'
import type { WatchedFiles } from '../../files/watchedFiles.ts'

/**
 * Renews the secrets, all at once, when their files change: an id never goes with the secret of another. Those that
 * came from no file stay what they are.
 */
export type WatchSecrets = (secrets: readonly Secret[], onChanged?: () => void) => void

/**
 * @param setting what the log calls them
 * @param findFault why a text cannot be such a secret
 */
export function createWatchSecrets(
  setting: string,
  files: WatchedFiles,
  findFault: (text: string) => string | undefined = () => undefined,
): WatchSecrets {
  return (secrets, onChanged) => {
    const watched = secrets.filter(({ file }) => file !== undefined)
    if (watched.length === 0) return
    files.watch({
      setting,
      files: watched.flatMap(({ file }) => file ?? []),
      contents: watched.map((secret) => secret.reveal()),
      take(contents) {
        const empty = contents.indexOf('')
        if (empty !== -1) return { fault: `the file ${watched[empty]?.file} is empty` }
        const fault = contents.map(findFault).find((each) => each !== undefined)
        if (fault !== undefined) return { fault }
        for (const [at, secret] of watched.entries()) secret.renew(contents[at]!)
        onChanged?.()
        return {}
      },
    })
  }
}
