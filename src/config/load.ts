// From a file to a Config, in pure phases: read, parse, validate, resolve secrets and files, freeze.
// Reports everything that is wrong at once; builds no client, opens no port, sets no global.

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Config } from './config.ts'
import { explainIssues } from './explain.ts'
import { resolveFiles } from './files.ts'
import { deepFreeze } from './freeze.ts'
import { type ParsedFile, parseConfigFile } from './parse.ts'
import { type ConfigProblem, type Finding, inFileOrder, type SettingPath } from './problem.ts'
import { describeReadFault } from './readFault.ts'
import { findReferenceProblems, findReferenceWarnings } from './references.ts'
import { configSchema, type UnresolvedConfig } from './schema.ts'
import type { RouteConfig } from './schema/route.ts'
import { type ResolvedSecrets, resolveSecrets } from './secrets.ts'
import { withoutUnknownKeys } from './unknownKeys.ts'

export type LoadedConfig =
  | { readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly problems: readonly ConfigProblem[] }

/** What routing finds wrong with the route table: ties, patterns that never match. */
export type FindRouteProblems = (
  routes: readonly RouteConfig[],
  prefix: string,
) => readonly {
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
  const validated = validate(parsed)
  const resolved = await resolveValidated(validated, { env, file }, findRouteProblems)
  const findings = [...validated.findings, ...resolved.findings]
  if (findings.length > 0 || resolved.config === undefined) {
    return { problems: inFileOrder(findings.map(parsed.locate)) }
  }
  const warnings = inFileOrder(findReferenceWarnings(resolved.unresolved).map(parsed.locate))
  return { config: resolved.config, warnings }
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

interface Validated {
  readonly config: UnresolvedConfig | undefined
  readonly findings: readonly Finding[]
}

/** Unknown keys do not keep the rest from being judged, so that one run shows everything. */
function validate({ data }: ParsedFile): Validated {
  const result = configSchema.safeParse(data)
  if (result.success) return { config: result.data, findings: [] }
  const findings = explainIssues(result.error.issues, data)
  const rest = configSchema.safeParse(withoutUnknownKeys(data, result.error.issues))
  return { config: rest.data, findings }
}

interface Resolved {
  readonly config: Config | undefined
  readonly unresolved: UnresolvedConfig
  readonly findings: readonly Finding[]
}

async function resolveValidated(
  { config }: Validated,
  source: { readonly env: NodeJS.ProcessEnv; readonly file: string },
  findRouteProblems: FindRouteProblems,
): Promise<Resolved | { config: undefined; findings: readonly Finding[] }> {
  if (config === undefined) return { config: undefined, findings: [] }
  const folder = dirname(resolve(source.file))
  const files = await resolveFiles(config, folder)
  const { secrets, findings } = await resolveSecrets(config, { env: source.env, folder })
  return {
    config: deepFreeze(withSecrets(files.config, secrets)),
    unresolved: config,
    findings: [
      ...findReferenceProblems(config),
      ...findRouteProblems(config.routes, config.prefix).map(toFinding),
      ...findings,
      ...files.findings,
    ],
  }
}

function toFinding(problem: ReturnType<FindRouteProblems>[number]): Finding {
  const { index, path, message } = problem
  return { path: ['routes', index, ...path], message: `${message}.` }
}

function withSecrets(config: UnresolvedConfig, secrets: ResolvedSecrets): Config {
  const providers = config.providers.map(({ clientSecret: _, ...provider }, index) => {
    const clientSecret = secrets.clientSecrets[index]
    return clientSecret === undefined ? provider : { ...provider, clientSecret }
  })
  const { redis, ...sessions } = config.sessions
  const withKeys = { ...sessions, keys: secrets.keys }
  if (redis === undefined) return { ...config, providers, sessions: withKeys }
  const { password: _, ...server } = redis
  const password = secrets.redisPassword
  const withPassword = password === undefined ? server : { ...server, password }
  return { ...config, providers, sessions: { ...withKeys, redis: withPassword } }
}
