// The public listener over TLS: the same HTTP settings, TLS 1.2 at least, and certificates of clients where they are
// asked for. A handshake that fails, or takes too long, is counted and said quietly; no request comes of it.

import { constants } from 'node:crypto'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { TlsOptions } from 'node:tls'
import type { Config } from '../config/config.ts'
import type { TlsConfig } from '../config/schema/tls.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { watchHandshakes } from './handshakes.ts'
import { toHttpOptions, withAllFields } from './server.ts'
import { watchTlsFiles, type TlsMaterial } from './tlsMaterial.ts'

export interface TlsServer {
  readonly server: Server
  /** Ends handshakes that are underway. */
  stop(): void
}

export interface TlsServices {
  readonly files: WatchedFiles
  readonly log: Log
  readonly metrics: Pick<Metrics, 'tlsHandshakeFailures'>
}

/** @throws where a file cannot be read or used */
export function createTlsServer(
  settings: Config['listen'],
  tls: TlsConfig,
  { files, log, metrics }: TlsServices,
): TlsServer {
  const material = watchTlsFiles(tls, files, (fresh) =>
    // Because tickets are sealed by the context that gave them, one from before opens nothing after.
    server.setSecureContext(toContextOptions(fresh)),
  )
  const options: ServerOptions = {
    ...toHttpOptions(settings),
    ...toContextOptions(material),
    ...toClientOptions(tls.clientCertificates),
    // Threat: whoever opens connections and says nothing would keep them.
    handshakeTimeout: settings.headTimeout,
    ALPNProtocols: ['http/1.1'],
  }
  const server = withAllFields(createServer(options))
  const handshakes = watchHandshakes(server, { log, metrics })
  return {
    server,
    stop: () => handshakes.endAll(),
  }
}

function toContextOptions({ cert, key, ca }: TlsMaterial) {
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    // Threat: a second handshake on a connection could show another certificate than the one that was judged.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  } satisfies TlsOptions
}

function toClientOptions(clients: TlsConfig['clientCertificates']): TlsOptions {
  if (clients === undefined) return { requestCert: false }
  return { requestCert: true, rejectUnauthorized: clients.mode === 'require' }
}
