// Files that settings name: their names made absolute, and each one read once, so that a wrong name is a
// problem of the configuration and not a fault of the first request.

import { resolve } from 'node:path'
import { parseKeySet } from '../../crypto/jwk.ts'
import { parseSigningKey } from '../../crypto/signingKey.ts'
import { checkFile } from './checkFile.ts'
import { findPageProblems, withAbsolutePages } from './pageFiles.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'
import { findTlsProblems, withAbsoluteTls } from './tlsFiles.ts'

type NamedFile = readonly [path: SettingPath, file: string]

/** Files that are not there, or hold something else. Relative names are looked up in `folder`. */
export async function findFileProblems(
  config: UnresolvedConfig,
  folder: string,
): Promise<readonly Finding[]> {
  const check = (named: readonly NamedFile[], find: Parameters<typeof checkFile>[2]) =>
    named.map(([path, file]) => checkFile(path, resolve(folder, file), find))
  const checks = [
    ...check(findCertificates(config), findCertificateFaults),
    ...check(findKeyFiles(config), findKeySetFaults),
    ...check(findSigningKeys(config), findSigningKeyFaults),
    ...findPageProblems(config, folder),
    findTlsProblems(config, folder),
  ]
  return (await Promise.all(checks)).flat()
}

function findCertificates(config: UnresolvedConfig): readonly NamedFile[] {
  const upstreams = Object.entries(attempt(() => config.upstreams) ?? {})
  return [
    ...findFile(['sessions', 'redis', 'tls', 'ca'], () => config.sessions.redis?.tls?.ca),
    ...upstreams.flatMap(([name, upstream]) =>
      findFile(['upstreams', name, 'ca'], () => upstream.ca),
    ),
  ]
}

function findKeyFiles(config: UnresolvedConfig): readonly NamedFile[] {
  const providers = attempt(() => config.providers) ?? []
  return providers.flatMap((provider, index) =>
    findFile(['providers', index, 'bearer', 'keysFile'], () => provider.bearer?.keysFile),
  )
}

function findSigningKeys(config: UnresolvedConfig): readonly NamedFile[] {
  const keys = attempt(() => config.assertion?.keys) ?? []
  return Array.from(keys.keys(), (index) =>
    findFile(['assertion', 'keys', index, 'file'], () => keys[index]?.file),
  ).flat()
}

function findFile(path: SettingPath, read: () => string | undefined): readonly NamedFile[] {
  const file = attempt(read)
  return file === undefined ? [] : [[path, file]]
}

function findKeySetFaults(content: Buffer, file: string): string[] {
  if (parseKeySet(parseJson(content.toString())).length > 0) return []
  return [`expected a JWK Set with public keys, found none in ${file}.`]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function findSigningKeyFaults(content: Buffer, file: string): string[] {
  const parsed = parseSigningKey(content.toString())
  if ('key' in parsed) return []
  return [`the file ${file} ${parsed.fault}. Make one with: postern keygen --assertion`]
}

function findCertificateFaults(content: Buffer, file: string): string[] {
  if (content.includes('-----BEGIN CERTIFICATE-----')) return []
  return [`expected a file with certificates in PEM, found none in ${file}.`]
}

/** The configuration with absolute file names. */
export function withAbsoluteNames(config: UnresolvedConfig, folder: string): UnresolvedConfig {
  const upstreams = Object.entries(config.upstreams).map(([name, upstream]) => [
    name,
    upstream.ca === undefined ? upstream : { ...upstream, ca: resolve(folder, upstream.ca) },
  ])
  return {
    ...config,
    listen: withAbsoluteTls(config.listen, folder),
    providers: config.providers.map((provider) => withAbsoluteKeys(provider, folder)),
    upstreams: Object.fromEntries(upstreams),
    sessions: { ...config.sessions, redis: withAbsoluteCa(config.sessions.redis, folder) },
    assertion: withAbsoluteSigningKeys(config.assertion, folder),
    pages: withAbsolutePages(config.pages, folder),
  }
}

function withAbsoluteKeys(provider: ProviderConfig, folder: string): ProviderConfig {
  const { bearer } = provider
  if (bearer?.keysFile === undefined) return provider
  return { ...provider, bearer: { ...bearer, keysFile: resolve(folder, bearer.keysFile) } }
}

function withAbsoluteSigningKeys(
  assertion: UnresolvedConfig['assertion'],
  folder: string,
): UnresolvedConfig['assertion'] {
  return assertion && { keys: assertion.keys.map(({ file }) => ({ file: resolve(folder, file) })) }
}

type Redis = UnresolvedConfig['sessions']['redis']

function withAbsoluteCa(redis: Redis, folder: string): Redis {
  if (redis?.tls?.ca === undefined) return redis
  return { ...redis, tls: { ca: resolve(folder, redis.tls.ca) } }
}
