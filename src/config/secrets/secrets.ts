// Secrets from where the file says they are: the environment, or files beside it. Values stay in Secret.

import { randomBytes } from 'node:crypto'
import { Secret } from '../../crypto/secret.ts'
import type { Config } from '../config.ts'
import { readFormPasswords } from './formSecrets.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { attempt, readEach } from '../readable.ts'
import { readSecret, type SecretSources } from './readSecret.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { SecretReference } from '../schema/values.ts'
import { readUpstreamSecrets, type UpstreamSecrets } from './upstreamSecrets.ts'
import { findShortSecrets, findWeakKeys } from './weakSecrets.ts'

/** What is not in the file itself. Undefined stands for a secret that is not configured, or was not found. */
export interface ResolvedSecrets {
  /** By place in `providers`. */
  readonly clientSecrets: readonly (Secret | undefined)[]
  readonly keys: readonly Secret[]
  readonly redisPassword: Secret | undefined
  readonly upstreams: UpstreamSecrets
  readonly formPasswords: Config['formPasswords']
}

/** Reads every secret; what is missing or too weak becomes a finding, what is odd a warning. */
export async function resolveSecrets(
  config: UnresolvedConfig,
  sources: SecretSources,
): Promise<{
  secrets: ResolvedSecrets
  findings: readonly Finding[]
  warnings: readonly Finding[]
}> {
  const findings: Finding[] = []
  const warnings: Finding[] = []
  const read = async (reference: SecretReference | undefined, path: SettingPath) => {
    if (reference === undefined) return undefined
    const result = await readSecret(reference, sources)
    if ('problem' in result) {
      findings.push({ path, message: result.problem })
      return undefined
    }
    if (result.warning !== undefined) warnings.push({ path, message: result.warning })
    return result.secret
  }
  const references = findReferences(config)
  const forms = await readFormPasswords(config, read)
  warnings.push(...forms.warnings)
  const secrets = {
    formPasswords: forms.passwords,
    clientSecrets: await Promise.all(
      references.clientSecrets.map((reference, index) =>
        read(reference, ['providers', index, 'clientSecret']),
      ),
    ),
    keys: await Promise.all(
      references.keys.map((reference, index) => read(reference, ['sessions', 'keys', index])),
    ),
    redisPassword: await read(references.redisPassword, ['sessions', 'redis', 'password']),
    upstreams: await readUpstreamSecrets(config, read),
  }
  findings.push(
    ...forms.findings,
    ...findWeakKeys(secrets.keys),
    ...findShortSecrets(config, secrets.clientSecrets),
  )
  return { secrets: { ...secrets, keys: withKey(secrets.keys) }, findings, warnings }
}

/** Undefined where there is none, or where it could not be read. */
function findReferences(config: UnresolvedConfig) {
  const providers = attempt(() => config.providers) ?? []
  return {
    clientSecrets: providers.map((provider) => attempt(() => provider.clientSecret)),
    keys: readEach(attempt(() => config.sessions.keys) ?? []),
    redisPassword: attempt(() => config.sessions.redis?.password),
  }
}

function withKey(keys: readonly (Secret | undefined)[]): readonly Secret[] {
  const found = keys.filter((key) => key !== undefined)
  return found.length > 0 ? found : [new Secret(randomBytes(32).toString('base64url'))]
}
