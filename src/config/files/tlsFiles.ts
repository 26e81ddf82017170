// The files of `listen.tls`: whether a listener could use them, before there is one.

import { resolve } from 'node:path'
import { findKeyPairFault, isCertificate, type KeyPairFault } from '../../crypto/keyPair.ts'
import { checkFile } from './checkFile.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'

const tlsPath: SettingPath = ['listen', 'tls']

/** Files that are not there, hold something else, or do not belong together. */
export async function findTlsProblems(
  config: UnresolvedConfig,
  folder: string,
): Promise<Finding[]> {
  const toName = (read: () => string | undefined): string | undefined => {
    const file = attempt(read)
    return file === undefined ? undefined : resolve(folder, file)
  }
  const certificate = toName(() => config.listen.tls?.certificate)
  const key = toName(() => config.listen.tls?.key)
  const ca = toName(() => config.listen.tls?.clientCertificates?.ca)
  return [...(await checkKeyPair({ certificate, key })), ...(await checkAuthority(ca))]
}

type Part = KeyPairFault['part']

async function checkKeyPair(names: Readonly<Record<Part, string | undefined>>): Promise<Finding[]> {
  const texts: Partial<Record<Part, string>> = {}
  const findings: Finding[] = []
  for (const part of ['certificate', 'key'] as const) {
    const file = names[part]
    if (file === undefined) continue
    const keep = (content: Buffer): string[] => {
      texts[part] = content.toString()
      return []
    }
    findings.push(...(await checkFile([...tlsPath, part], file, keep)))
  }
  const { certificate, key } = texts
  if (certificate === undefined || key === undefined) return findings
  const fault = findKeyPairFault(certificate, key)
  if (fault === undefined) return findings
  const message = `the file ${names[fault.part]} ${fault.message}.`
  return [{ path: [...tlsPath, fault.part], message }]
}

async function checkAuthority(file: string | undefined): Promise<Finding[]> {
  if (file === undefined) return []
  return checkFile([...tlsPath, 'clientCertificates', 'ca'], file, (content) => {
    if (isCertificate(content.toString())) return []
    return [`expected a file with certificates in PEM, found none in ${file}.`]
  })
}

type Listen = UnresolvedConfig['listen']

/** With absolute file names. */
export function withAbsoluteTls(listen: Listen, folder: string): Listen {
  const { tls } = listen
  if (tls === undefined) return listen
  const { certificate, key, clientCertificates: clients } = tls
  return {
    ...listen,
    tls: {
      certificate: resolve(folder, certificate),
      key: resolve(folder, key),
      clientCertificates:
        clients?.ca === undefined ? clients : { ...clients, ca: resolve(folder, clients.ca) },
    },
  }
}
