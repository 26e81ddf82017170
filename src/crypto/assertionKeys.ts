// The keys that sign identity assertions, out of files: the first signs, all are published. Files are read again
// every few seconds, so that a mounted secret that changes needs no restart; a bad one changes nothing.

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Log } from '../telemetry/log.ts'
import type { Clock, EpochSeconds, Milliseconds } from '../time.ts'
import { parseSigningKey, type PublicJwk, type SigningKey } from './signingKey.ts'

export interface AssertionKeys {
  /** Another object after a rotation. */
  readonly signing: () => SigningKey
  /** Those of the files, and those that stood there until a while ago. */
  readonly published: () => readonly PublicJwk[]
  /** Begins to watch the files. */
  start(): void
  stop(): void
}

export interface AssertionKeysOptions {
  /** Absolute names, at least one. */
  readonly files: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly rereadAfter?: Milliseconds
}

/**
 * How long a key that was replaced stays published: until what it signed is over, here and on replicas that find
 * the new one a few minutes later.
 */
export const graceSeconds: EpochSeconds = 15 * 60

/** @throws where a file cannot be read or holds no key; the configuration has refused it before */
export function createAssertionKeys(options: AssertionKeysOptions): AssertionKeys {
  const { clock, log, rereadAfter = 5000 } = options
  const files = options.files.map((file, at) => createKeyFile(file, `assertion.keys[${at}]`, log))
  let replaced: { readonly key: SigningKey; readonly until: EpochSeconds }[] = []
  let timer: NodeJS.Timeout | undefined
  let isStarted = false

  async function rereadOnAndOn(): Promise<void> {
    // Because of files that swap their keys: one after the other, so that neither key is unpublished meanwhile.
    for (const file of files) {
      const key = await file.reread()
      if (key !== undefined) replaced.push({ key, until: clock.now() + graceSeconds })
    }
    replaced = replaced.filter(({ until }) => clock.now() < until)
    if (isStarted) schedule()
  }

  function schedule(): void {
    timer = setTimeout(() => void rereadOnAndOn(), rereadAfter)
    timer.unref()
  }

  return {
    signing: () => files[0]!.key(),
    published() {
      const previous = replaced.filter(({ until }) => clock.now() < until)
      const keys = [...files.map((file) => file.key()), ...previous.map(({ key }) => key)]
      return [...new Map(keys.map(({ kid, publicJwk }) => [kid, publicJwk])).values()]
    },
    start() {
      if (isStarted) return
      isStarted = true
      schedule()
    },
    stop() {
      isStarted = false
      clearTimeout(timer)
    },
  }
}

interface KeyFile {
  key(): SigningKey
  /** The key that was replaced, if one was. Never throws: a file that is bad or gone is logged once. */
  reread(): Promise<SigningKey | undefined>
}

function createKeyFile(file: string, setting: string, log: Log): KeyFile {
  let text = readFileSync(file, 'utf8')
  let key = parseFirst(text, file)
  let fault: string | undefined

  function complain(found: string): undefined {
    if (found !== fault) {
      log.warn({ setting, detail: found }, 'key file is not used, the last key stays')
    }
    fault = found
  }

  return {
    key: () => key,
    async reread() {
      const found = await readFile(file, 'utf8').catch(() => undefined)
      if (found === undefined) return complain('cannot be read')
      const parsed = found === text ? { key } : parseSigningKey(found)
      if ('fault' in parsed) return complain(parsed.fault)
      fault = undefined
      if (found === text) return undefined
      const before = key
      text = found
      key = parsed.key
      log.info({ setting, kid: key.kid }, 'key file was read again')
      return before
    },
  }
}

function parseFirst(text: string, file: string): SigningKey {
  const parsed = parseSigningKey(text)
  if ('fault' in parsed) throw new Error(`the file ${file} ${parsed.fault}`)
  return parsed.key
}
