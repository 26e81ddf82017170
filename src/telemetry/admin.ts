// The admin listener: /healthz, /readyz and /metrics on a port of their own, never on the public one.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListenAddress } from '../config/schema/values.ts'
import { listenOn } from '../http/listenOn.ts'
import type { Metrics } from './metrics.ts'

/** Each thing that has to work before traffic is wanted: its name, and whether it does. */
export type Readiness = () => Readonly<Record<string, boolean>>

export interface AdminOptions {
  readonly address: ListenAddress
  readonly metrics: Metrics
  readonly readiness: Readiness
}

export interface AdminListener {
  listen(): Promise<AddressInfo>
  close(): Promise<void>
}

export function createAdminListener(options: AdminOptions): AdminListener {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => send(response, 500, 'internal error\n'))
  })
  return {
    listen: () => listenOn(server, options.address),
    close: async () => {
      if (!server.listening) return
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      server.closeAllConnections()
      await promise
    },
  }
}

async function answer(
  { metrics, readiness }: AdminOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, 'GET only\n')
  if (request.url === '/healthz') return send(response, 200, 'ok\n')
  if (request.url === '/readyz') return sendReadiness(response, readiness())
  if (request.url !== '/metrics') return send(response, 404, '/healthz, /readyz, /metrics\n')
  const text = (await metrics.registry.metrics()) + metrics.requests.toText()
  send(response, 200, text, metrics.registry.contentType)
}

function sendReadiness(response: ServerResponse, checks: Readonly<Record<string, boolean>>): void {
  const isReady = Object.values(checks).every(Boolean)
  const body = `${JSON.stringify({ ready: isReady, checks })}\n`
  send(response, isReady ? 200 : 503, body, 'application/json')
}

function send(response: ServerResponse, status: number, body: string, contentType = 'text/plain') {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  })
  response.end(body)
}
