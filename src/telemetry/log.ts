// The log: JSON lines on standard output. Only allow-listed fields are ever written, never whole requests,
// URLs with queries, or errors of a peer; tokens, codes, passwords and cookies have no field to stand in.

import { pino, type DestinationStream } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Fields first, then a sentence; the sentence is constant, what varies is in the fields. */
type Write = (fields: Readonly<Record<string, unknown>>, sentence: string) => void

export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

export interface ClosableLog extends Log {
  /** Writes out what is buffered; after it, nothing more is lost by an exit. */
  flush(): void
}

/** Lines are buffered up to 4 KiB or 200 ms, so that a request does not cost a system call. */
export function createLog(level: LogLevel, stream?: DestinationStream): ClosableLog {
  if (stream !== undefined) return withDestination(level, stream, () => {})
  const buffered = pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 200 })
  return withDestination(level, buffered, () => buffered.flushSync())
}

function withDestination(
  level: LogLevel,
  stream: DestinationStream,
  flush: () => void,
): ClosableLog {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
  const write =
    (method: 'debug' | 'info' | 'warn' | 'error'): Write =>
    (fields, sentence) =>
      logger[method](fields, sentence)
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    flush,
  }
}
