// The files of `listen.tls` as the listener uses them: read at the start, and again when they change, so that a
// certificate is renewed without a restart. What cannot be used is said once, and the former goes on.

import { hash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { TlsConfig } from '../config/schema/tls.ts'
import { findKeyPairFault, isCertificate } from '../crypto/keyPair.ts'
import type { Log } from '../telemetry/log.ts'
import type { Milliseconds } from '../time.ts'

/** Texts in PEM, by the names that node:tls has for them. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  /** Who signs certificates of clients. */
  readonly ca: string | undefined
}

/** @throws what the system says of a file */
export function readTlsMaterial({ certificate, key, clientCertificates }: TlsConfig): TlsMaterial {
  const ca = clientCertificates?.ca
  return {
    cert: readFileSync(certificate, 'latin1'),
    key: readFileSync(key, 'latin1'),
    ca: ca === undefined ? undefined : readFileSync(ca, 'latin1'),
  }
}

async function readAgain({
  certificate,
  key,
  clientCertificates,
}: TlsConfig): Promise<TlsMaterial> {
  const ca = clientCertificates?.ca
  return {
    cert: await readFile(certificate, 'latin1'),
    key: await readFile(key, 'latin1'),
    ca: ca === undefined ? undefined : await readFile(ca, 'latin1'),
  }
}

export interface TlsReloading {
  readonly tls: TlsConfig
  /** What is in use. */
  readonly material: TlsMaterial
  /** Takes what has been found to fit together. */
  readonly use: (material: TlsMaterial) => void
  readonly log: Log
}

// Because a watch on a file misses the exchange of a symbolic link above it, which is how Kubernetes does it; and
// three small files are read in a fraction of a millisecond.
const intervalMs: Milliseconds = 2000

/** Looks for changes until `stop`. */
export function watchTlsFiles({ tls, material, use, log }: TlsReloading): { stop(): void } {
  let seen = toMark(material)
  let isLooking = false

  async function look(): Promise<void> {
    const found = await readAgain(tls).catch(toFault)
    const mark = toMark(found)
    if (mark === seen) return
    seen = mark
    const fault = 'fault' in found ? found.fault : findFault(found)
    if (fault !== undefined) {
      log.error({ setting: 'listen.tls', fault }, 'TLS files cannot be used, the former stay')
    } else if ('cert' in found) {
      use(found)
      log.info({ notAfter: new X509Certificate(found.cert).validTo }, 'TLS files read again')
    }
  }

  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void look().finally(() => (isLooking = false))
  }, intervalMs).unref()
  return { stop: () => clearInterval(timer) }
}

interface Unread {
  readonly fault: string
}

function toFault(error: unknown): Unread {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
  return { fault: `a file cannot be read (${code})` }
}

/** By its hash, so that the key is in memory no more often than it must. */
function toMark(found: TlsMaterial | Unread): string {
  return hash('sha256', JSON.stringify(found))
}

function findFault({ cert, key, ca }: TlsMaterial): string | undefined {
  const fault = findKeyPairFault(cert, key)
  if (fault !== undefined) return `the file of ${fault.part} ${fault.message}`
  if (ca !== undefined && !isCertificate(ca)) return 'the file of ca holds no certificate in PEM'
  return undefined
}
