// Files that settings name: their names made absolute, and each one read once, so that a wrong name is a
// problem of the configuration and not a fault of the first request.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Finding, SettingPath } from './problem.ts'
import { describeReadFault } from './readFault.ts'
import type { UnresolvedConfig } from './schema.ts'

/** The configuration with absolute file names; relative ones are looked up in `folder`. */
export async function resolveFiles(
  config: UnresolvedConfig,
  folder: string,
): Promise<{ config: UnresolvedConfig; findings: readonly Finding[] }> {
  const certificates = findCertificates(config)
  const checks = certificates.map(([path, file]) => checkCertificate(path, resolve(folder, file)))
  const findings = (await Promise.all(checks)).flat()
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
    upstreams: Object.fromEntries(upstreams),
    sessions: { ...config.sessions, redis: withAbsoluteCa(config.sessions.redis, folder) },
  }
}

type Redis = UnresolvedConfig['sessions']['redis']

function withAbsoluteCa(redis: Redis, folder: string): Redis {
  if (redis?.tls?.ca === undefined) return redis
  return { ...redis, tls: { ca: resolve(folder, redis.tls.ca) } }
}
