import { z } from 'zod'
import { fieldName, filePath } from './values.ts'

const clientCertificatesSchema = z.strictObject({
  mode: z
    .enum(['request', 'require'])
    .describe(
      '`request` asks each client for a certificate and lets in who has none; `require` ends the connection of whoever has none that `ca` has signed.',
    ),
  ca: filePath
    .optional()
    .describe(
      'File with the authorities that sign client certificates, PEM; read again when it changes. With `request`, a certificate of another counts as none. Default: any certificate will do, since a bound token names its own; not with `require`.',
    ),
})

export const tlsSchema = z.strictObject({
  certificate: filePath.describe(
    'File with the certificate, then those that lead to its authority, PEM; read again when it changes.',
  ),
  key: filePath.describe(
    'File with the private key of the certificate, PEM, without a passphrase; read again when it changes.',
  ),
  clientCertificates: clientCertificatesSchema
    .optional()
    .describe('Asks clients for certificates, which access tokens may be bound to (RFC 8705).'),
})

export type TlsConfig = z.output<typeof tlsSchema>

export const forwardedCertificateSchema = z.strictObject({
  field: fieldName
    .default('Client-Cert')
    .describe('The header field. The proxy must remove it from what clients send.'),
  format: z
    .enum(['rfc9440', 'escaped-pem'])
    .default('rfc9440')
    .describe(
      '`rfc9440` is the certificate between colons, in base64; `escaped-pem` what nginx has in `$ssl_client_escaped_cert`.',
    ),
})

export type ForwardedCertificateConfig = z.output<typeof forwardedCertificateSchema>
