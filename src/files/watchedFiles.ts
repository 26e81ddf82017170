// Files that change while the gateway runs: read again every two seconds, and told of when what they say has changed.
// What cannot be read, or is refused by who uses it, is logged once for each reason, and the former stays in use.
// Because a watch misses the exchange of a symbolic link further up, as Kubernetes does it, and hears of nothing on
// network drives.

import { hash } from 'node:crypto'
import type { Log } from '../telemetry/log.ts'
import type { Milliseconds } from '../time.ts'
import { toFaultCode } from '../errors/faultCode.ts'
import { describeReadFault } from './readFault.ts'
import { readText } from './readText.ts'

/** Why contents are not used, or what the log is to say of those that are. */
export type Taken =
  | { readonly fault: string }
  | { readonly fault?: undefined; readonly said?: Readonly<Record<string, unknown>> }

/** Files that only make sense together, such as a certificate and its key. */
export interface FileGroup {
  /** What the log calls them. */
  readonly setting: string
  /** Absolute names. */
  readonly files: readonly string[]
  /** What is in use, in the order of the files, as {@link readText} reads it. */
  readonly contents: readonly string[]
  /** Is called with all contents when one has changed, and again and again while it refuses them. */
  readonly take: (contents: readonly string[]) => Taken
}

export interface WatchedFiles {
  watch(group: FileGroup): void
  start(): void
  stop(): void
}

export function createWatchedFiles(log: Log, lookAfter: Milliseconds = 2000): WatchedFiles {
  const looks: (() => Promise<void>)[] = []
  let timer: NodeJS.Timeout | undefined

  async function lookOnAndOn(): Promise<void> {
    for (const look of looks) await look()
    if (timer !== undefined) schedule()
  }

  function schedule(): void {
    timer = setTimeout(() => void lookOnAndOn(), lookAfter).unref()
  }

  return {
    watch: (group) => void looks.push(createLook(group, log)),
    start() {
      if (looks.length > 0) schedule()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

/** What it returns never throws. */
function createLook(group: FileGroup, log: Log): () => Promise<void> {
  const { setting } = group
  let inUse = toMark(group.contents)
  let fault: string | undefined

  return async function look() {
    const found = await readAll(group.files)
    const mark = toMark(found)
    const taken = mark === inUse ? undefined : takeFrom(group, found)
    if (taken?.fault !== undefined) {
      const sentence = 'files cannot be used, the former stay'
      if (taken.fault !== fault) log.error({ setting, detail: taken.fault }, sentence)
      fault = taken.fault
      return
    }
    if (taken !== undefined || fault !== undefined) {
      log.info({ setting, ...taken?.said }, 'files read again')
    }
    inUse = mark
    fault = undefined
  }
}

interface Unread {
  readonly fault: string
}

async function readAll(files: readonly string[]): Promise<readonly string[] | Unread> {
  const contents: string[] = []
  for (const file of files) {
    try {
      contents.push(await readText(file))
    } catch (error) {
      return { fault: `the file ${file} ${describeReadFault(error)}` }
    }
  }
  return contents
}

function takeFrom({ take }: FileGroup, found: readonly string[] | Unread): Taken {
  if ('fault' in found) return found
  try {
    return take(found)
  } catch (error) {
    return { fault: `no use can be made of it (${toFaultCode(error)})` }
  }
}

/** By their hash, so that what is secret is in memory no more often than it must. */
function toMark(contents: readonly string[] | Unread): string {
  return hash('sha256', JSON.stringify(contents))
}
