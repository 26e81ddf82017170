// Which certificate the client has shown: in the TLS handshake with this gateway, or to a trusted proxy that says so
// in a field. Looked at where somebody asks for it alone; of the handshake, once for each connection.

import { hash } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import type { Config } from '../config/config.ts'
import type { ForwardedCertificateConfig } from '../config/schema/tls.ts'
import { findFieldValues } from '../http/fields.ts'
import type { ReceivedRequest } from '../request.ts'
import { parseCertificate } from './certificateField.ts'
import type { Connection } from './connections.ts'
import { malformed } from './malformed.ts'

type FindCertificate = ReceivedRequest['findCertificate']

export type FindCertificateOf = (
  connection: Connection,
  fields: readonly string[],
) => FindCertificate

/** Undefined where the settings ask nobody for a certificate. */
export function createFindCertificateOf({
  tls,
  forwardedCertificate,
}: Config['listen']): FindCertificateOf | undefined {
  const asked = tls?.clientCertificates
  if (asked === undefined && forwardedCertificate === undefined) return undefined
  const isSignedOnly = asked?.ca !== undefined
  return (connection, fields) => {
    if (connection.isPeerTrusted) return findForwarded(fields, forwardedCertificate)
    if (asked === undefined) return undefined
    return (connection.findCertificate ??= findShown(connection, isSignedOnly))
  }
}

// Threat: what a proxy itself has shown is no certificate of any of its clients.
function findForwarded(
  fields: readonly string[],
  config: ForwardedCertificateConfig | undefined,
): FindCertificate {
  return config === undefined ? undefined : () => readForwarded(fields, config)
}

function readForwarded(
  fields: readonly string[],
  { field, format }: ForwardedCertificateConfig,
): string | undefined {
  const [value = '', ...others] = findFieldValues(fields, field.toLowerCase())
  // Threat: of two, one is the client's own.
  if (others.length > 0) throw malformed(`more than one ${field}`)
  if (value === '') return undefined
  const certificate = parseCertificate(value, format)
  if (certificate === undefined) throw malformed(`${field} is no certificate as ${format}`)
  return toThumbprint(certificate)
}

function findShown({ socket }: Connection, isSignedOnly: boolean): FindCertificate {
  let thumbprint: string | undefined
  let isKnown = false
  return () => {
    if (isKnown) return thumbprint
    isKnown = true
    if (!(socket instanceof TLSSocket) || (isSignedOnly && !socket.authorized)) return undefined
    const certificate = socket.getPeerX509Certificate()
    if (certificate !== undefined) thumbprint = toThumbprint(certificate.raw)
    return thumbprint
  }
}

function toThumbprint(certificate: Uint8Array): string {
  return hash('sha256', certificate, 'base64url')
}
