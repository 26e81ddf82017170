// A real listener on a free port, whose pipeline records what it is handed and answers 200 with the body's length.

import type { Duplex } from 'node:stream'
import { configSchema } from '../../../src/config/schema.ts'
import { rowOf } from '../../../src/errors/catalogue.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import { createWatchedFiles } from '../../../src/files/watchedFiles.ts'
import { respond, respondJson } from '../../../src/http/respond.ts'
import { createListener, type Listener } from '../../../src/listener/listener.ts'
import type { ReceivedRequest } from '../../../src/request.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import type { FinishedRequest } from '../../../src/telemetry/requestLog.ts'

export const pseudonym = 'postern-5f2c7a'

export interface ListenerWorld extends AsyncDisposable {
  readonly port: number
  readonly listener: Listener
  /** What reached the pipeline. */
  readonly handled: ReceivedRequest[]
  readonly finished: (FinishedRequest & { readonly received: ReceivedRequest })[]
  readonly logged: Readonly<Record<string, unknown>>[]
  /** How many TLS handshakes failed, by reason. */
  handshakeFailures(): Promise<Record<string, number>>
  /** Resolves once so many requests are finished. */
  whenFinished(count: number): Promise<void>
}

export interface ListenerWorldOptions {
  readonly listen?: Readonly<Record<string, unknown>>
  /** Default: reads the body, answers 200 and closes unless the request says keep-alive. */
  readonly handle?: (received: ReceivedRequest) => Promise<void>
}

export async function startListener(options: ListenerWorldOptions = {}): Promise<ListenerWorld> {
  const listen = configSchema.shape.listen.parse({ address: '127.0.0.1:0', ...options.listen })
  const handled: ReceivedRequest[] = []
  const finished: ListenerWorld['finished'] = []
  const logged: Readonly<Record<string, unknown>>[] = []
  let wake = Promise.withResolvers<void>()
  const write = (fields: Readonly<Record<string, unknown>>) => void logged.push(fields)
  const log = { debug: write, info: write, warn: write, error: write }
  const files = createWatchedFiles(log, 5)
  const metrics = createMetrics()
  const listener = createListener({
    config: { listen },
    pseudonym,
    handle: async (received) => {
      handled.push(received)
      await (options.handle ?? answerOk)(received)
    },
    refuse,
    files,
    log,
    metrics,
    onFinished(received, end) {
      finished.push({ ...end, received })
      wake.resolve()
      wake = Promise.withResolvers()
    },
  })
  const { port } = await listener.listen()
  files.start()
  return {
    port,
    listener,
    handled,
    finished,
    logged,
    async handshakeFailures() {
      const { values } = await metrics.tlsHandshakeFailures.get()
      return Object.fromEntries(values.map(({ labels, value }) => [labels.reason, value]))
    },
    async whenFinished(count) {
      while (finished.length < count) await wake.promise
    },
    async [Symbol.asyncDispose]() {
      files.stop()
      await listener.close()
    },
  }
}

async function answerOk(received: ReceivedRequest): Promise<void> {
  let length = 0
  try {
    for await (const chunk of received.incoming as AsyncIterable<Buffer>) length += chunk.length
  } catch {
    return
  }
  respond(received, { status: 200, body: `read ${length}` })
}

function refuse(received: ReceivedRequest, error: unknown): void {
  const code = error instanceof GatewayError ? error.code : 'internal_error'
  received.record.refusal = code
  respondJson(received, rowOf(code).status, { code })
}

/** The status line's number, or 0 where nothing came. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
}

/** All status codes of the answers in a stretch of bytes. */
export function statusesOf(answers: string): number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))
}

export function codeOf(answer: string): string | undefined {
  return /"code":"(\w+)"/.exec(answer)?.[1]
}

export function closed(stream: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (stream.closed) resolve()
  else stream.once('close', () => resolve())
  return promise
}
