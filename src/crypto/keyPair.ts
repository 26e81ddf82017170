// A certificate and the private key that belongs to it, both in PEM. What is said of them never quotes them.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { toFaultCode } from '../errors/faultCode.ts'

export interface KeyPairFault {
  readonly part: 'certificate' | 'key'
  /** To follow the name of the file, without a full stop. */
  readonly message: string
}

/** Why TLS could not use them; undefined where it can. */
export function findKeyPairFault(certificate: string, key: string): KeyPairFault | undefined {
  const leaf = attempt(() => new X509Certificate(certificate))
  if (leaf === undefined) return { part: 'certificate', message: 'holds no certificate in PEM' }
  const privateKey = attempt((): KeyObject => createPrivateKey(key))
  if (privateKey === undefined) {
    return { part: 'key', message: 'holds no private key in PEM that opens without a passphrase' }
  }
  if (!leaf.checkPrivateKey(privateKey)) {
    return { part: 'key', message: 'holds a key that the certificate does not belong to' }
  }
  try {
    createSecureContext({ cert: certificate, key })
    return undefined
  } catch (fault) {
    return { part: 'certificate', message: `cannot be used for TLS (${toFaultCode(fault)})` }
  }
}

/** Whether the first thing in it is a certificate. */
export function isCertificate(text: string): boolean {
  return attempt(() => new X509Certificate(text)) !== undefined
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
