// Certificates for tests, made by openssl in a folder of their own: one authority, what it signs, and what nobody does.

import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestCertificate {
  /** Names of files in PEM. */
  readonly certificate: string
  readonly key: string
  /** Their content, by the names of node:tls. */
  readonly pair: { readonly cert: string; readonly key: string }
  readonly der: Buffer
  /** As `x5t#S256` has it. */
  readonly thumbprint: string
}

export interface TestAuthority extends Disposable {
  readonly folder: string
  /** The name of its certificate's file, and the content. */
  readonly file: string
  readonly ca: string
  /** Signed by the authority; a server's is for `localhost`. */
  sign(name: string): TestCertificate
  /** Signed by itself. */
  selfSign(name: string): TestCertificate
}

const newKey =
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -addext subjectAltName=DNS:localhost'

export function createAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'postern-certificates-'))
  const make = (name: string, signer: readonly string[] = []): TestCertificate => {
    const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
    const files = ['-subj', `/CN=${name}`, '-keyout', key, '-out', certificate]
    execFileSync('openssl', [...newKey.split(' '), ...signer, ...files], { stdio: 'ignore' })
    return readCertificate(certificate, key)
  }
  const own = make('authority')
  return {
    folder,
    file: own.certificate,
    ca: own.pair.cert,
    sign: (name) => make(name, ['-CA', own.certificate, '-CAkey', own.key]),
    selfSign: (name) => make(name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function readCertificate(certificate: string, key: string): TestCertificate {
  const pair = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
  const { raw, fingerprint256 } = new X509Certificate(pair.cert)
  const digest = Buffer.from(fingerprint256.replaceAll(':', ''), 'hex')
  return { certificate, key, pair, der: raw, thumbprint: digest.toString('base64url') }
}
