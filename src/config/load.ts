// From a file to a Config, in pure phases: read, parse, validate, resolve secrets and files, freeze.
// Reports everything that is wrong at once; builds no client, opens no port, sets no global.

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { describeReadFault } from '../files/readFault.ts'
import type { Config } from './config.ts'
import { deepFreeze } from './freeze.ts'
import { findFileProblems, withAbsoluteNames } from './files/namedFiles.ts'
import { findOpenFiles } from './files/openFiles.ts'
import { parseConfigFile } from './parse.ts'
import {
  type ConfigProblem,
  type Finding,
  inFileOrder,
  type SettingPath,
} from './problems/problem.ts'
import { findReferenceProblems, findReferenceWarnings } from './references.ts'
import type { UnresolvedConfig } from './schema.ts'
import { type ResolvedSecrets, resolveSecrets } from './secrets/secrets.ts'
import { withUpstreamSecrets } from './secrets/upstreamSecrets.ts'
import { validate } from './validate.ts'

export type LoadedConfig =
  | { readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly problems: readonly ConfigProblem[] }

/**
 * What routing finds wrong with the route table: ties, patterns that never match. Settings that could not be read
 * throw `UnreadableSetting`: what needs them is passed over.
 */
export type FindRouteProblems = (config: UnresolvedConfig) => readonly {
  readonly index: number
  /** Within the route. */
  readonly path: SettingPath
  /** Without a full stop. */
  readonly message: string
}[]

/**
 * @param findRouteProblems handed in by the caller, because routing stands above this module.
 */
export async function loadConfig(
  file: string,
  env: NodeJS.ProcessEnv,
  findRouteProblems: FindRouteProblems,
): Promise<LoadedConfig> {
  const text = await readText(file)
  if ('problem' in text) return { problems: [{ path: '', message: text.problem }] }
  const parsed = parseConfigFile(text.content)
  if ('problems' in parsed) return { problems: inFileOrder(parsed.problems) }
  const { config, findings: refused } = validate(parsed.data)
  const folder = dirname(resolve(file))
  const {
    secrets,
    findings: unresolved,
    warnings: odd,
  } = await resolveSecrets(config, { env, folder })
  const findings = [
    ...refused,
    ...findReferenceProblems(config),
    ...findTableProblems(config, findRouteProblems),
    ...unresolved,
    ...(await findFileProblems(config, folder)),
  ]
  if (findings.length > 0) return { problems: inFileOrder(findings.map(parsed.locate)) }
  const doubtful = [
    ...findReferenceWarnings(config),
    ...odd,
    ...(await findOpenFiles(config, folder)),
  ]
  const warnings = inFileOrder(doubtful.map(parsed.locate))
  return { config: deepFreeze(withSecrets(withAbsoluteNames(config, folder), secrets)), warnings }
}

async function readText(file: string): Promise<{ content: string } | { problem: string }> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    return { problem: `the file ${describeReadFault(error)}. Name another with --config FILE.` }
  }
  try {
    return { content: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { problem: 'the file is not UTF-8 text.' }
  }
}

function findTableProblems(config: UnresolvedConfig, find: FindRouteProblems): Finding[] {
  return find(config).map(({ index, path, message }) => ({
    path: ['routes', index, ...path],
    message: `${message}.`,
  }))
}

function withSecrets(config: UnresolvedConfig, secrets: ResolvedSecrets): Config {
  const providers = config.providers.map(({ clientSecret: _, ...provider }, index) => {
    const clientSecret = secrets.clientSecrets[index]
    return clientSecret === undefined ? provider : { ...provider, clientSecret }
  })
  const upstreams = withUpstreamSecrets(config.upstreams, secrets.upstreams)
  const { redis, ...sessions } = config.sessions
  const withKeys = { ...sessions, keys: secrets.keys }
  const { formPasswords } = secrets
  const resolved = { ...config, providers, upstreams, formPasswords }
  if (redis === undefined) return { ...resolved, sessions: withKeys }
  const { password: _, ...server } = redis
  const password = secrets.redisPassword
  const withPassword = password === undefined ? server : { ...server, password }
  return { ...resolved, sessions: { ...withKeys, redis: withPassword } }
}
