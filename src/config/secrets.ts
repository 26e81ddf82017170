// Secrets from where the file says they are: the environment, or files beside it. Values stay in Secret.

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Secret } from '../crypto/secret.ts'
import { attempt, readEach } from './readable.ts'
import { describeReadFault } from './readFault.ts'
import type { Finding, SettingPath } from './problem.ts'
import type { UnresolvedConfig } from './schema.ts'
import type { SecretReference } from './schema/values.ts'

/** What is not in the file itself. Undefined stands for a secret that is not configured, or was not found. */
export interface ResolvedSecrets {
  /** By place in `providers`. */
  readonly clientSecrets: readonly (Secret | undefined)[]
  readonly keys: readonly Secret[]
  readonly redisPassword: Secret | undefined
}

export interface SecretSources {
  readonly env: NodeJS.ProcessEnv
  /** Relative file names are looked up here. */
  readonly folder: string
}

const minKeyBytes = 32

/** Reads every secret; what is missing or too short becomes a finding. */
export async function resolveSecrets(
  config: UnresolvedConfig,
  sources: SecretSources,
): Promise<{ secrets: ResolvedSecrets; findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const read = async (reference: SecretReference | undefined, path: SettingPath) => {
    if (reference === undefined) return undefined
    const result = await readSecret(reference, sources)
    if (result instanceof Secret) return result
    findings.push({ path, message: result })
    return undefined
  }
  const references = findReferences(config)
  const secrets = {
    clientSecrets: await Promise.all(
      references.clientSecrets.map((reference, index) =>
        read(reference, ['providers', index, 'clientSecret']),
      ),
    ),
    keys: await Promise.all(
      references.keys.map((reference, index) => read(reference, ['sessions', 'keys', index])),
    ),
    redisPassword: await read(references.redisPassword, ['sessions', 'redis', 'password']),
  }
  findings.push(...findShortKeys(secrets.keys), ...findShortSecrets(config, secrets.clientSecrets))
  return { secrets: { ...secrets, keys: withKey(secrets.keys) }, findings }
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

/** The secret, or the sentence that says why there is none. */
async function readSecret(
  reference: SecretReference,
  sources: SecretSources,
): Promise<Secret | string> {
  if (typeof reference === 'string') return new Secret(reference)
  if ('env' in reference) return readFromEnvironment(reference.env, sources.env)
  return readFromFile(reference.file, sources.folder)
}

function readFromEnvironment(name: string, env: NodeJS.ProcessEnv): Secret | string {
  const value = env[name]
  if (value === undefined) return `the environment variable ${name} is not set.`
  return value === '' ? `the environment variable ${name} is empty.` : new Secret(value)
}

async function readFromFile(file: string, folder: string): Promise<Secret | string> {
  try {
    const text = await readFile(resolve(folder, file), 'utf8')
    const value = text.replace(/\r?\n$/, '')
    return value === '' ? `the file ${file} is empty.` : new Secret(value)
  } catch (error) {
    return `the file ${file} ${describeReadFault(error)}.`
  }
}

function findShortKeys(keys: readonly (Secret | undefined)[]): Finding[] {
  return keys.flatMap((key, index) => {
    if (key === undefined || Buffer.byteLength(key.reveal()) >= minKeyBytes) return []
    const message = `expected a key of at least ${minKeyBytes} random bytes. Make one with: postern keygen`
    return [{ path: ['sessions', 'keys', index], message }]
  })
}

// RFC 7518 §3.2: a key of the hash's size at least. Threat: a short one is found by trying, from one token.
function findShortSecrets(
  config: UnresolvedConfig,
  clientSecrets: readonly (Secret | undefined)[],
): Finding[] {
  return clientSecrets.flatMap((secret, index) => {
    if (secret === undefined || Buffer.byteLength(secret.reveal()) >= minKeyBytes) return []
    if (attempt(() => config.providers[index]?.idTokenAlgorithms?.includes('HS256')) !== true) {
      return []
    }
    const message = `HS256 takes it for the key of signatures: expected at least ${minKeyBytes} bytes.`
    return [{ path: ['providers', index, 'clientSecret'], message }]
  })
}

function withKey(keys: readonly (Secret | undefined)[]): readonly Secret[] {
  const found = keys.filter((key) => key !== undefined)
  return found.length > 0 ? found : [new Secret(randomBytes(32).toString('base64url'))]
}
