// Sockets and heads: the first room of the journey. Takes what HTTP/1.1 says without doubt, refuses the rest,
// finds out who is at the other end, and hands the request on. Hot: measured by `npm run bench`.

import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Config } from '../config/config.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import { listenOn } from '../http/listenOn.ts'
import type { ReceivedRequest } from '../request.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Milliseconds } from '../time.ts'
import { createFindCertificateOf } from './clientCertificate.ts'
import { createConnections, type OnFinished, type RefuseRequest } from './connections.ts'
import { createReadRequest } from './readRequest.ts'
import { createReceive, createReceiveUpgrade } from './receive.ts'
import { createHttpServer } from './server.ts'
import { createTlsServer } from './tlsServer.ts'
import { createTrustedProxies } from './trustedProxies.ts'
import { createConnectHandler, createUnreadableHandler } from './unreadable.ts'

export interface ListenerOptions {
  readonly config: Pick<Config, 'listen'>
  /** This process's name in Via: random, made at start, the same that identity and forwarding write. */
  readonly pseudonym: string
  /** The pipeline. Never rejects. */
  readonly handle: (received: ReceivedRequest) => Promise<void>
  /** Renders what is refused before the pipeline. Never throws. */
  readonly refuse: RefuseRequest
  readonly files: WatchedFiles
  readonly log: Log
  readonly metrics: Pick<Metrics, 'tlsHandshakeFailures'>
  /** Called once for every request, when its answer has left or its connection is gone. */
  readonly onFinished: OnFinished
}

export interface Listener {
  /** @throws what the system says, such as EADDRINUSE */
  listen(): Promise<AddressInfo>
  /** Accepts nothing more and ends WebSockets; requests in flight get the time, then everything is cut. */
  drain(timeoutMs: Milliseconds): Promise<void>
  /** Cuts everything at once. */
  close(): Promise<void>
}

export function createListener(options: ListenerOptions): Listener {
  const { config, pseudonym, handle, refuse, log, onFinished } = options
  const isTrusted = createTrustedProxies(config.listen.trustedProxies)
  const connections = createConnections(isTrusted, onFinished)
  const readRequest = createReadRequest({
    isTrusted,
    pseudonym,
    scheme: config.listen.tls === undefined ? 'http' : 'https',
    findCertificateOf: createFindCertificateOf(config.listen),
  })
  const receive = createReceive({ connections, readRequest, handle, refuse })
  const { server, opened, stop } = createServer(options)
  server.on(opened, (socket: Socket) => connections.open(socket))
  // Because every expectation is judged with the rest of the head, and only who forwards may say 100 (Continue).
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
    server.on(event, (incoming, response) => receive(incoming, response, undefined))
  }
  server.on('upgrade', createReceiveUpgrade(connections, receive, log))
  const find = (socket: object) => connections.find(socket)
  server.on('connect', createConnectHandler(find, log))
  server.on('clientError', createUnreadableHandler({ find, refuse, log }))
  return {
    listen: () => listenOn(server, config.listen.address),
    drain,
    close: () => drain(0),
  }

  async function drain(timeoutMs: Milliseconds): Promise<void> {
    server.close()
    stop()
    const cutting = setTimeout(() => connections.destroyAll(), timeoutMs)
    await connections.drain()
    clearTimeout(cutting)
  }
}

interface OpenServer {
  readonly server: HttpServer | HttpsServer
  /** The event that a connection is ready for requests. */
  readonly opened: 'connection' | 'secureConnection'
  readonly stop: () => void
}

function createServer({ config, files, log, metrics }: ListenerOptions): OpenServer {
  const { listen } = config
  if (listen.tls === undefined) {
    return { server: createHttpServer(listen), opened: 'connection', stop: () => {} }
  }
  const services = { files, log, metrics }
  return { ...createTlsServer(listen, listen.tls, services), opened: 'secureConnection' }
}
