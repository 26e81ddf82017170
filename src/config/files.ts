// Files that settings name: their names made absolute, and each one read once, so that a wrong name is a
// problem of the configuration and not a fault of the first request.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseKeySet } from '../crypto/jwk.ts'
import type { Finding, SettingPath } from './problem.ts'
import { describeReadFault } from './readFault.ts'
import type { UnresolvedConfig } from './schema.ts'
import type { ProviderConfig } from './schema/provider.ts'

/** The configuration with absolute file names; relative ones are looked up in `folder`. */
export async function resolveFiles(
  config: UnresolvedConfig,
  folder: string,
): Promise<{ config: UnresolvedConfig; findings: readonly Finding[] }> {
  const certificates = findCertificates(config)
  const checks = certificates.map(([path, file]) => checkCertificate(path, resolve(folder, file)))
  const keyFiles = findKeyFiles(config)
  const keyChecks = keyFiles.map(([path, file]) => checkKeySet(path, resolve(folder, file)))
  const findings = (await Promise.all([...checks, ...keyChecks])).flat()
  return { config: withAbsoluteNames(config, folder), findings }
}

function findCertificates(config: UnresolvedConfig): [SettingPath, string][] {
  const found: [SettingPath, string][] = []
  const redisCa = config.sessions.redis?.tls?.ca
  if (redisCa !== undefined) found.push([['sessions', 'redis', 'tls', 'ca'], redisCa])
  for (const [name, { ca }] of Object.entries(config.upstreams)) {
    if (ca !== undefined) found.push([['upstreams', name, 'ca'], ca])
  }
  return found
}

function findKeyFiles({ providers }: UnresolvedConfig): [SettingPath, string][] {
  return providers.flatMap(({ bearer }, index): [SettingPath, string][] =>
    bearer?.keysFile === undefined
      ? []
      : [[['providers', index, 'bearer', 'keysFile'], bearer.keysFile]],
  )
}

async function checkKeySet(path: SettingPath, file: string): Promise<Finding[]> {
  try {
    if (parseKeySet(parseJson(await readFile(file, 'utf8'))).length > 0) return []
    return [{ path, message: `expected a JWK Set with public keys, found none in ${file}.` }]
  } catch (error) {
    return [{ path, message: `the file ${file} ${describeReadFault(error)}.` }]
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function checkCertificate(path: SettingPath, file: string): Promise<Finding[]> {
  try {
    const text = await readFile(file, 'latin1')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return []
    return [{ path, message: `expected a file with certificates in PEM, found none in ${file}.` }]
  } catch (error) {
    return [{ path, message: `the file ${file} ${describeReadFault(error)}.` }]
  }
}

function withAbsoluteNames(config: UnresolvedConfig, folder: string): UnresolvedConfig {
  const upstreams = Object.entries(config.upstreams).map(([name, upstream]) => [
    name,
    upstream.ca === undefined ? upstream : { ...upstream, ca: resolve(folder, upstream.ca) },
  ])
  return {
    ...config,
    providers: config.providers.map((provider) => withAbsoluteKeys(provider, folder)),
    upstreams: Object.fromEntries(upstreams),
    sessions: { ...config.sessions, redis: withAbsoluteCa(config.sessions.redis, folder) },
  }
}

function withAbsoluteKeys(provider: ProviderConfig, folder: string): ProviderConfig {
  const { bearer } = provider
  if (bearer?.keysFile === undefined) return provider
  return { ...provider, bearer: { ...bearer, keysFile: resolve(folder, bearer.keysFile) } }
}

type Redis = UnresolvedConfig['sessions']['redis']

function withAbsoluteCa(redis: Redis, folder: string): Redis {
  if (redis?.tls?.ca === undefined) return redis
  return { ...redis, tls: { ca: resolve(folder, redis.tls.ca) } }
}
