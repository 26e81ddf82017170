// Configuration files for tests: written into a folder of their own, loaded as `postern check` loads them.

import { type FindRouteProblems, type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import { type ConfigProblem, formatProblems } from '../../../src/config/problems/problem.ts'
import { createFolder } from '../../support/folder.ts'

export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv
  readonly findRouteProblems?: FindRouteProblems
}

/** Loads a file that holds `text`. */
export async function load(
  text: string | Uint8Array,
  { env = {}, findRouteProblems = () => [] }: Surroundings = {},
): Promise<LoadedConfig> {
  await using folder = await createFolder()
  // Because the folder would be gone while the file is read.
  return await loadConfig(await folder.write('postern.yaml', text), env, findRouteProblems)
}

export async function problemsOf(
  text: string | Uint8Array,
  surroundings?: Surroundings,
): Promise<readonly ConfigProblem[]> {
  const loaded = await load(text, surroundings)
  return 'problems' in loaded ? loaded.problems : []
}

/** What a person reads in the terminal. */
export async function printed(text: string | Uint8Array): Promise<string> {
  return formatProblems('postern.yaml', await problemsOf(text))
}

export async function warningsOf(text: string): Promise<readonly ConfigProblem[]> {
  const loaded = await load(text)
  return 'warnings' in loaded ? loaded.warnings : []
}

/** For `sessions.keys`. */
export const aKey = 'a-key-of-32-bytes-that-nobody-else-has-used'

/** A file that is fine, 11 lines; `extra` follows as further top-level settings. */
export function aConfig(extra = ''): string {
  return `publicUrl: https://app.example.com
providers:
  - id: acme
    issuer: https://acme.example/oidc
    clientId: postern
    clientSecret: a-client-secret
upstreams:
  billing: { url: http://127.0.0.1:3000 }
routes:
  - match: { path: /** }
    upstream: billing
${extra}`
}
