import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { issuerHelpText } from '../../../demo/issuerWords.ts'

function runIssuer(...args: readonly string[]) {
  return spawnSync(process.execPath, ['demo/issuerMain.ts', ...args], { encoding: 'utf8' })
}

test('--help names every option, and fits into a terminal', () => {
  expect(runIssuer('--help')).toMatchObject({ status: 0, stdout: issuerHelpText })
  for (const line of issuerHelpText.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test.each([
  ['--port', 'http'],
  ['--port', '99999'],
  ['--redirect-uri', 'callback'],
  ['--nobody-knows'],
])('%s %s is a misuse, and says where to read on', (...args) => {
  const { status, stderr } = runIssuer(...args)
  expect(status).toBe(2)
  expect(stderr).toContain('npm run issuer -- --help')
})
