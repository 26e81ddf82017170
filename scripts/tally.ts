// `.ci/run`'s last line: what the checks and the tests came to. Reads vitest's JSON report and the output of
// `npm run check`. A skipped test, a file that did not load and a run without a report are failures.

import { readFile } from 'node:fs/promises'

interface TestReport {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

interface Tally {
  readonly passed: number
  readonly failed: number
}

function tallyChecks(output: string): Tally {
  const passed = output.match(/^ok {4}/gm)?.length ?? 0
  const failed = output.match(/^FAIL {2}/gm)?.length ?? 0
  return passed + failed === 0 ? { passed: 0, failed: 1 } : { passed, failed }
}

function tallyTests(report: TestReport): Tally {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length
  const skipped = report.numPendingTests + report.numTodoTests
  if (skipped > 0) process.stdout.write(`${skipped} tests were skipped, which counts as failed\n`)
  const failed = report.numFailedTests + skipped + unloaded
  // Because an error outside of any test fails the run and no test.
  return { passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed }
}

async function readReport(file: string): Promise<TestReport | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text === '') return undefined
  const report: TestReport = JSON.parse(text)
  return report
}

const [checksFile = '', reportFile = ''] = process.argv.slice(2)
const checks = tallyChecks(await readFile(checksFile, 'utf8').catch(() => ''))
const report = await readReport(reportFile)
const tests = report === undefined ? { passed: 0, failed: 1 } : tallyTests(report)
const failed = checks.failed + tests.failed
process.stdout.write(`${checks.passed + tests.passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
