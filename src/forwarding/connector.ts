// Opens connections to one upstream: TCP or TLS, within the connect timeout to the millisecond. The name that TLS
// asks for and verifies is the configured one, never the request's Host.

import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { errors, type buildConnector } from 'undici'
import type { UpstreamServer } from '../config/config.ts'
import { connectionReset } from './failure.ts'

const tcpKeepAliveMs = 60_000

/** `ca` is the content of the PEM file, where there is one. */
export function createConnector(
  upstream: UpstreamServer,
  ca: string | undefined,
): buildConnector.connector {
  const open = upstream.url.startsWith('https:') ? createTlsOpener(ca) : openTcp
  return ({ hostname, port }, callback) => {
    const socket = open(hostname, Number(port))
    const timer = setTimeout(
      () => socket.destroy(new errors.ConnectTimeoutError()),
      upstream.connectTimeout,
    )
    let isSettled = false
    const settle = (error: Error | null): void => {
      clearTimeout(timer)
      if (isSettled) return
      isSettled = true
      if (error === null) callback(null, socket)
      else callback(error, null)
    }
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => settle(null))
    socket.on('error', (error) => settle(renameReset(error)))
  }
}

/** On the error itself: undici, which listens behind us, gets the same one. */
function renameReset(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ECONNRESET') error.code = connectionReset
  return error
}

function openTcp(host: string, port: number): Socket {
  return connectTcp({ host, port: port || 80, ...socketOptions })
}

const socketOptions = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: tcpKeepAliveMs,
} as const

function createTlsOpener(ca: string | undefined): (host: string, port: number) => Socket {
  let session: Buffer | undefined
  return (host, port) => {
    const socket = connectTls({
      host,
      port: port || 443,
      ALPNProtocols: ['http/1.1'],
      ...socketOptions,
      // RFC 6066 §3: an address is no server name.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(session === undefined ? {} : { session }),
    })
    return socket.on('session', (fresh) => (session = fresh))
  }
}
