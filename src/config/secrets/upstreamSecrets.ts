// The secrets that upstreams are given, or that their tokens are asked for with.

import type { Secret } from '../../crypto/secret.ts'
import type { Upstream, UpstreamCredentials } from '../config.ts'
import type { SettingPath } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { UpstreamCredentialsConfig } from '../schema/upstreamCredentials.ts'
import type { SecretReference } from '../schema/values.ts'

/** Undefined where the secret is not configured, or could not be read. */
export type ReadReference = (
  reference: SecretReference | undefined,
  path: SettingPath,
) => Promise<Secret | undefined>

interface References {
  readonly clientId?: SecretReference | undefined
  readonly clientSecret?: SecretReference | undefined
  readonly password?: SecretReference | undefined
}

type Found = { readonly [K in keyof References]: Secret | undefined }

/** By upstream. */
export type UpstreamSecrets = ReadonlyMap<string, Found>

export async function readUpstreamSecrets(
  config: UnresolvedConfig,
  read: ReadReference,
): Promise<UpstreamSecrets> {
  const upstreams = Object.entries(attempt(() => config.upstreams) ?? {})
  const reading = upstreams.map(async ([name, upstream]): Promise<[string, Found]> => {
    const references = attempt(() => listReferences(upstream.credentials)) ?? {}
    const readOne = (key: keyof References) =>
      read(references[key], ['upstreams', name, 'credentials', key])
    const clientId = await readOne('clientId')
    const clientSecret = await readOne('clientSecret')
    return [name, { clientId, clientSecret, password: await readOne('password') }]
  })
  return new Map(await Promise.all(reading))
}

function listReferences(credentials: UpstreamCredentialsConfig): References {
  if (credentials.type === 'basic') return { password: credentials.password }
  return 'provider' in credentials ? credentials : {}
}

/** The upstreams of a configuration in which every secret was found. */
export function withUpstreamSecrets(
  upstreams: UnresolvedConfig['upstreams'],
  secrets: UpstreamSecrets,
): Readonly<Record<string, Upstream>> {
  const resolved = Object.entries(upstreams).map(([name, upstream]): [string, Upstream] => [
    name,
    { ...upstream, credentials: toCredentials(upstream.credentials, secrets.get(name) ?? {}) },
  ])
  return Object.fromEntries(resolved)
}

function toCredentials(credentials: UpstreamCredentialsConfig, found: Found): UpstreamCredentials {
  if (credentials.type === 'basic') {
    const { password } = found
    if (password === undefined) throw new Error('a password that was not read')
    return { ...credentials, password }
  }
  if (!('provider' in credentials)) return credentials
  const { clientId: _, clientSecret: __, ...request } = credentials
  const { clientId: id, clientSecret: secret } = found
  return id === undefined || secret === undefined ? request : { ...request, client: { id, secret } }
}
