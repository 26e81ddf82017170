// The files of `listen.tls`: whether a listener could use them, before there is one.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findKeyPairFault, isCertificate } from '../crypto/keyPair.ts'
import type { Finding, SettingPath } from './problem.ts'
import { attempt } from './readable.ts'
import { describeReadFault } from '../files/readFault.ts'
import type { UnresolvedConfig } from './schema.ts'

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
  const names = {
    certificate: toName(() => config.listen.tls?.certificate),
    key: toName(() => config.listen.tls?.key),
    ca: toName(() => config.listen.tls?.clientCertificates?.ca),
  }
  return [...(await checkKeyPair(names)), ...(await checkAuthority(names.ca))]
}

async function checkKeyPair(names: {
  readonly certificate: string | undefined
  readonly key: string | undefined
}): Promise<Finding[]> {
  const certificate = await read(names.certificate, [...tlsPath, 'certificate'])
  const key = await read(names.key, [...tlsPath, 'key'])
  const findings = [certificate, key].flatMap((found) => found?.problem ?? [])
  if (certificate?.text === undefined || key?.text === undefined) return findings
  const fault = findKeyPairFault(certificate.text, key.text)
  if (fault === undefined) return findings
  const message = `the file ${names[fault.part]} ${fault.message}.`
  return [{ path: [...tlsPath, fault.part], message }]
}

async function checkAuthority(file: string | undefined): Promise<Finding[]> {
  const path = [...tlsPath, 'clientCertificates', 'ca']
  const found = await read(file, path)
  if (found === undefined) return []
  if (found.text === undefined) return [found.problem]
  if (isCertificate(found.text)) return []
  return [{ path, message: `expected a file with certificates in PEM, found none in ${file}.` }]
}

type ReadFile =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: Finding }

/** Undefined where no file is named. */
async function read(file: string | undefined, path: SettingPath): Promise<ReadFile | undefined> {
  if (file === undefined) return undefined
  try {
    return { text: await readFile(file, 'latin1') }
  } catch (error) {
    return { problem: { path, message: `the file ${file} ${describeReadFault(error)}.` } }
  }
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
