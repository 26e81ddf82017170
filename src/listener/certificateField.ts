// A certificate as a trusted proxy writes it into a field. Read strictly: one spelling for each certificate.

import type { ForwardedCertificateConfig } from '../config/schema/tls.ts'

/** The DER bytes; undefined for anything but one certificate in this format. */
export function parseCertificate(
  value: string,
  format: ForwardedCertificateConfig['format'],
): Buffer | undefined {
  const text = format === 'rfc9440' ? parseByteSequence(value) : parseEscapedPem(value)
  return text === undefined ? undefined : parseBase64(text)
}

// RFC 9440 §2.1, RFC 8941 §3.3.5: base64 between colons, without parameters.
function parseByteSequence(value: string): string | undefined {
  return /^:([A-Za-z0-9+/=]+):$/.exec(value)?.[1]
}

const pem = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n?$/

/** As nginx writes `$ssl_client_escaped_cert`: PEM, with everything but letters, digits and `-._~` as `%XX`. */
function parseEscapedPem(value: string): string | undefined {
  try {
    return pem.exec(decodeURIComponent(value).replaceAll('\r\n', '\n'))?.[1]?.replaceAll('\n', '')
  } catch {
    return undefined
  }
}

function parseBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}
