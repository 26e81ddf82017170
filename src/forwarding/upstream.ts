// One configured upstream: its connections and its limits.

import { readFileSync } from 'node:fs'
import { Pool } from 'undici'
import type { UpstreamServer } from '../config/config.ts'
import type { Milliseconds } from '../time.ts'
import { createConnector } from './connector.ts'
import { WaitingLine } from './waitingLine.ts'

export interface Upstream {
  /** Its key in the configuration; the label in logs and metrics. */
  readonly name: string
  readonly pool: Pool
  readonly line: WaitingLine
  /** Host of the configured URL. Because undici would take the request's Host for the TLS server name. */
  readonly serverName: string
  readonly connectTimeout: Milliseconds
  readonly responseTimeout: Milliseconds
  readonly idleTimeout: Milliseconds
}

// Because many upstreams close idle connections after 5 s and only some say so in Keep-Alive.
const idleConnectionMs = 4000
const longestIdleConnectionMs = 60_000
const hintMarginMs = 1000
const maxResponseHeadBytes = 65_536

/** @throws where the file of the certificate authority cannot be read */
export function createUpstream(name: string, config: UpstreamServer): Upstream {
  const ca = config.ca === undefined ? undefined : readFileSync(config.ca, 'utf8')
  const pool = new Pool(config.url, {
    connect: createConnector(config, ca),
    connections: config.connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleConnectionMs,
    keepAliveMaxTimeout: longestIdleConnectionMs,
    keepAliveTimeoutThreshold: hintMarginMs,
    maxHeaderSize: maxResponseHeadBytes,
    // Because undici's timers tick twice a second, relays keep their own time.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  // Because a request that finds a connection free is in the line for a moment, too.
  const line = new WaitingLine(config.connections * 2)
  const { connectTimeout, responseTimeout, idleTimeout } = config
  const serverName = new URL(config.url).hostname
  return { name, pool, line, serverName, connectTimeout, responseTimeout, idleTimeout }
}
