// `npm run check`: everything that can be judged without running the gateway. One line a check, the output of
// those that failed, and a summary.

import { findViolations, readSources } from './importRule.ts'
import { run } from './run.ts'

interface Check {
  readonly name: string
  /** What is wrong; empty where nothing is. */
  readonly find: () => Promise<string>
}

const checks: readonly Check[] = [
  { name: 'format', find: () => outputIfFailed('oxfmt', ['--check', '.']) },
  { name: 'lint', find: () => outputIfFailed('oxlint', ['--type-aware', '--deny-warnings', '.']) },
  { name: 'types', find: () => outputIfFailed('tsc', ['--noEmit']) },
  { name: 'dead code', find: () => outputIfFailed('knip', ['--no-progress']) },
  { name: 'import rule', find: findImportViolations },
  { name: 'generated docs', find: async () => (await import('./parity.ts')).findStalePages() },
  { name: 'example config', find: async () => (await import('./parity.ts')).findExampleProblems() },
]

async function outputIfFailed(program: string, args: readonly string[]): Promise<string> {
  const { succeeded, output } = await run(program, args)
  return succeeded ? '' : output || `${program} failed and said nothing\n`
}

async function findImportViolations(): Promise<string> {
  const violations = findViolations(await readSources('.'))
  return violations.map((violation) => `${violation}\n`).join('')
}

async function passes({ name, find }: Check): Promise<boolean> {
  const found = await find().catch((fault: unknown) => `${String(fault)}\n`)
  process.stdout.write(found === '' ? `ok    ${name}\n` : `FAIL  ${name}\n${found}`)
  return found === ''
}

let failed = 0
for (const check of checks) {
  if (!(await passes(check))) failed += 1
}
process.stdout.write(`${checks.length - failed} of ${checks.length} checks passed\n`)
process.exitCode = failed === 0 ? 0 : 1
