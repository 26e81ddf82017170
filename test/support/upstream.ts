// A recording application on 127.0.0.1: it notes every request and answers by path. `/events` is an event
// stream, `/slow` waits for release(), `/hang` never answers, `/close` hangs up before an answer, `/cut`
// in the middle of one; any WebSocket handshake is taken and echoed; all else gets what it sent as JSON.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'

export interface RecordedRequest {
  readonly method: string
  /** The request target as it came. */
  readonly url: string
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingHttpHeaders
  readonly isUpgrade: boolean
  readonly socket: Duplex
  /** Filled once the body has been read: at once by the built-in paths, else by `recordBody`. */
  bodySize: number
  bodySha256: string
  rawTrailers: readonly string[]
  /** True once the peer went away before the request or its answer was complete. */
  wasAborted: boolean
}

export type UpstreamHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  recorded: RecordedRequest,
) => unknown

export interface Upstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, for `upstreams.*.url`. */
  readonly url: string
  readonly port: number
  readonly requests: RecordedRequest[]
  /** Connections open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Lets everything go on that waits on `/slow`, now and from now on. */
  release(): void
  /** Stops listening and cuts every connection. */
  close(): Promise<void>
}

/** Starts the upstream; `handler` replaces the built-in paths, and reads bodies itself (`recordBody`). */
export function startUpstream(handler?: UpstreamHandler): Promise<Upstream> {
  const released = Promise.withResolvers<void>()
  const answer = handler ?? builtInHandler(released.promise)
  const server = createServer((request, response) => {
    void answer(request, response, recordOf.get(request)!)
  })
  const webSockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }))
    })
  })
  return startRecorded(server, released.resolve)
}

const recordOf = new WeakMap<IncomingMessage, RecordedRequest>()

/** Puts any application on a port, and notes every request before the application sees it. */
export async function startRecorded(server: HttpServer, release = () => {}): Promise<Upstream> {
  const requests: RecordedRequest[] = []
  const sockets = new Set<Socket>()
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const recorded = record(requests, request, request.socket)
    response.on('close', () => (recorded.wasAborted ||= !response.writableFinished))
  })
  server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
    record(requests, request, socket)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)

  async function close(): Promise<void> {
    release()
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    sockets,
    release,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Reads the whole body and notes its size, hash and trailers. */
export async function recordBody(
  request: IncomingMessage,
  recorded: RecordedRequest,
): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of request as AsyncIterable<Buffer>) {
    recorded.bodySize += chunk.length
    hash.update(chunk)
  }
  recorded.bodySha256 = hash.digest('hex')
  recorded.rawTrailers = request.rawTrailers
}

/** The port that a listening server was given. */
export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}

/** All values of a field in a raw list, whatever its case. */
export function fieldValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name.toLowerCase(),
  )
}

function record(
  requests: RecordedRequest[],
  request: IncomingMessage,
  socket: Duplex,
): RecordedRequest {
  const recorded: RecordedRequest = {
    method: request.method ?? '',
    url: request.url ?? '',
    rawHeaders: request.rawHeaders,
    headers: request.headers,
    isUpgrade: request.headers.upgrade !== undefined,
    socket,
    bodySize: 0,
    bodySha256: '',
    rawTrailers: [],
    wasAborted: false,
  }
  requests.push(recorded)
  recordOf.set(request, recorded)
  return recorded
}

function builtInHandler(released: Promise<void>): UpstreamHandler {
  return async (request, response, recorded) => {
    const path = (request.url ?? '').split('?', 1)[0]
    if (path === '/close') return request.socket.destroy()
    if (path === '/hang') return undefined
    if (path === '/events') return writeEvents(response)
    try {
      await recordBody(request, recorded)
    } catch {
      recorded.wasAborted = true
      return undefined
    }
    if (path === '/slow') await released
    if (path === '/cut') return cut(response)
    return echo(response, recorded)
  }
}

function echo(response: ServerResponse, recorded: RecordedRequest): void {
  const { method, url, rawHeaders, bodySize, bodySha256 } = recorded
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ method, url, rawHeaders, bodySize, bodySha256 }))
}

function cut(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': '100', 'Content-Type': 'text/plain' })
  response.write('the first half', () => response.socket?.destroy())
}

function writeEvents(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  let count = 0
  const next = (): boolean => response.write(`id: ${(count += 1)}\ndata: event ${count}\n\n`)
  next()
  const timer = setInterval(next, 50)
  response.on('close', () => clearInterval(timer))
}
