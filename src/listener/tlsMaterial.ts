// The files of `listen.tls` as the listener uses them: read at the start, and again when they change, so that a
// certificate is renewed without a restart. A certificate and a key that do not belong together are never used.

import { X509Certificate } from 'node:crypto'
import type { TlsConfig } from '../config/schema/tls.ts'
import { findKeyPairFault, isCertificate } from '../crypto/keyPair.ts'
import { readTextNow } from '../files/readText.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'

/** Texts in PEM, by the names that node:tls has for them. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  /** Who signs certificates of clients. */
  readonly ca: string | undefined
}

/**
 * @param use is called with what has been found to fit together, later than this returns
 * @throws what the system says of a file
 */
export function watchTlsFiles(
  { certificate, key, clientCertificates }: TlsConfig,
  files: WatchedFiles,
  use: (material: TlsMaterial) => void,
): TlsMaterial {
  const names = [certificate, key, clientCertificates?.ca].filter((name) => name !== undefined)
  const contents = names.map(readTextNow)
  files.watch({
    setting: 'listen.tls',
    files: names,
    contents,
    take(fresh) {
      const material = toMaterial(fresh)
      const fault = findFault(material)
      if (fault !== undefined) return { fault }
      use(material)
      return { said: { notAfter: new X509Certificate(material.cert).validTo } }
    },
  })
  return toMaterial(contents)
}

function toMaterial([cert = '', key = '', ca]: readonly string[]): TlsMaterial {
  return { cert, key, ca }
}

function findFault({ cert, key, ca }: TlsMaterial): string | undefined {
  const fault = findKeyPairFault(cert, key)
  if (fault !== undefined) return `the file of ${fault.part} ${fault.message}`
  if (ca !== undefined && !isCertificate(ca)) return 'the file of ca holds no certificate in PEM'
  return undefined
}
