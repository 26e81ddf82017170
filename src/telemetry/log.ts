// The log: JSON lines on standard output. Who writes a line names each of its fields, and never hands over a whole
// request, a URL with its query, or an error of a peer; tokens, codes, passwords and cookies have no field to stand in.

import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { pino, type DestinationStream } from 'pino'
import type { Milliseconds } from '../time.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Fields first, then a sentence; the sentence is constant, what varies is in the fields. */
type Write = (fields: Readonly<Record<string, unknown>>, sentence: string) => void

export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

export interface LineLog extends Log {
  /**
   * A line of level `info` whose members are written out already: `"status":200,"method":"GET"`. Because pino finds
   * out anew for every line what kind each value is, and every request has one: a tenth of all that a request costs.
   */
  readonly infoMembers: (members: string, sentence: string) => void
}

export interface ClosableLog extends LineLog {
  /** Writes out what is buffered, for a second at most. To be called last: what is logged later may be lost. */
  close(): Promise<void>
}

const infoLevel = pino.levels.values['info']
const maxBufferedBytes = 8 * 1024 * 1024
const maxCloseMs: Milliseconds = 1000

/** Lines are buffered up to 16 KB or 200 ms, so that a request does not cost a system call. */
export function createLog(level: LogLevel, stream?: DestinationStream): ClosableLog {
  if (stream !== undefined) return withDestination(level, stream, async () => {})
  const buffered = pino.destination({
    fd: 1,
    sync: false,
    minLength: 16_000,
    maxLength: maxBufferedBytes,
    periodicFlush: 200,
  })
  // Because a full disk, or a reader that stalls, may cost lines but neither the process nor its memory.
  buffered.on('error', () => {})
  return withDestination(level, buffered, () => closeDestination(buffered))
}

// Because its flushSync tries on without end where nothing can be written.
async function closeDestination(buffered: ReturnType<typeof pino.destination>): Promise<void> {
  const ended = once(buffered, 'close').catch(() => {})
  buffered.end()
  await Promise.race([ended, wait(maxCloseMs)])
  buffered.destroy()
}

function withDestination(
  level: LogLevel,
  stream: DestinationStream,
  close: () => Promise<void>,
): ClosableLog {
  const timestamp = createTimestamp()
  const logger = pino({ level, base: null, timestamp }, stream)
  const write =
    (method: 'debug' | 'info' | 'warn' | 'error'): Write =>
    (fields, sentence) =>
      logger[method](fields, sentence)
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    infoMembers: logger.isLevelEnabled('info')
      ? (members, sentence) => {
          stream.write(`{"level":${infoLevel}${timestamp()},${members},"msg":"${sentence}"}\n`)
        }
      : () => {},
    close,
  }
}

/** ISO 8601. Hot: made once a millisecond, however many lines there are; measured by `npm run bench`. */
function createTimestamp(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) text = `,"time":"${new Date(now).toISOString()}"`
    at = now
    return text
  }
}
