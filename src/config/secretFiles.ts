// Secrets that change while the gateway runs: their files are read again every two seconds. One that cannot be read
// leaves the secret as it was. Because what follows a symbolic link that is replaced, as Kubernetes does, and what
// hears of no change on a network drive, is simpler than any watching.

import type { Secret } from '../crypto/secret.ts'
import type { Log } from '../telemetry/log.ts'
import type { Milliseconds } from '../time.ts'
import type { WatchableSecret } from './config.ts'
import { readSecret } from './readSecret.ts'

export interface LiveSecret {
  current(): Secret
}

export interface SecretFiles {
  /** `onChanged` is called once for all that changed together. A secret that came from no file stays what it is. */
  follow(secret: WatchableSecret, onChanged?: () => void): LiveSecret
  start(): void
  stop(): void
}

const readAgainAfter: Milliseconds = 2000

interface Followed {
  readonly file: string
  readonly listeners: Set<() => void>
  secret: Secret
  problem: string | undefined
}

export function createSecretFiles(log: Log): SecretFiles {
  const followed = new Map<string, Followed>()
  let isReading = false
  let timer: NodeJS.Timeout | undefined

  async function readAll(): Promise<void> {
    if (isReading) return
    isReading = true
    const changed = new Set<() => void>()
    for (const each of followed.values()) {
      if (await readAgain(each, log)) for (const listener of each.listeners) changed.add(listener)
    }
    isReading = false
    // Because an id and its secret change together, nobody hears of one without the other.
    for (const listener of changed) listener()
  }

  return {
    follow({ secret, file }, onChanged) {
      if (file === undefined) return { current: () => secret }
      const each = followed.get(file) ?? { file, listeners: new Set(), secret, problem: undefined }
      followed.set(file, each)
      if (onChanged !== undefined) each.listeners.add(onChanged)
      return { current: () => each.secret }
    },
    start() {
      if (followed.size > 0) timer = setInterval(() => void readAll(), readAgainAfter).unref()
    },
    stop: () => clearInterval(timer),
  }
}

/** Whether there is another secret now. Never throws. */
async function readAgain(each: Followed, log: Log): Promise<boolean> {
  const { file } = each
  const found = await readSecret({ file }, { env: {}, folder: '/' })
  const problem = 'problem' in found ? found.problem : undefined
  if (problem !== each.problem) report(log, problem)
  each.problem = problem
  if (!('secret' in found) || found.secret.reveal() === each.secret.reveal()) return false
  each.secret = found.secret
  log.info({ file }, 'a secret was read again')
  return true
}

function report(log: Log, problem: string | undefined): void {
  if (problem === undefined) log.info({}, 'the file of a secret can be read again')
  else log.warn({ detail: problem }, 'a secret cannot be read again; the one before is used on')
}
