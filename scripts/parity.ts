// What is said twice is said alike: generated pages against the code, the example against the schema.

import { readFile } from 'node:fs/promises'
import { loadConfig } from '../src/config/load.ts'
import { formatProblems } from '../src/config/problems/problem.ts'
import { findRouteProblems } from '../src/routing/routeProblems.ts'
import { references } from './references.ts'

const exampleFile = 'config.example.yaml'

/** One line a page that `npm run docs` would change; empty without any. */
export async function findStalePages(): Promise<string> {
  const lines = await Promise.all(
    references.map(async ({ file, write }) => {
      const found = await readFile(file, 'utf8').catch(() => '')
      return found === write() ? '' : `${file} is out of date. Run: npm run docs\n`
    }),
  )
  return lines.join('')
}

/** What is wrong with the example; empty without anything. Secrets out of the environment count as set. */
export async function findExampleProblems(): Promise<string> {
  const anything = new Proxy<NodeJS.ProcessEnv>({}, { get: () => 'x'.repeat(64) })
  const loaded = await loadConfig(exampleFile, anything, findRouteProblems)
  return 'problems' in loaded ? formatProblems(exampleFile, loaded.problems) : ''
}
