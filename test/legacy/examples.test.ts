// What people are given to copy is right as it stands.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from '../support/process.ts'
import { appNames, exampleFolder } from './legacyApp.ts'

const env = { CLIENT_SECRET: 'a-secret-that-is-long', APP_PASSWORD: 'another-that-is-long' }

test.each(appNames)('postern.yaml of %s passes the check', async (name) => {
  const file = join(exampleFolder(name), 'postern.yaml')
  const { code, stdout } = await runProgram(['check', '--config', file], { env })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('is fine') })
})

test('postern explain says that people of the order book are sent to its own form', async () => {
  const file = join(exampleFolder('orderbook'), 'postern.yaml')
  const args = ['explain', 'GET', 'https://orders.example.com/index.php', '--config', file]
  const { stdout } = await runProgram(args, { env })
  expect(stdout).toMatch(/^browser +302 to \/login\.php$/m)
  expect(stdout).not.toContain(env.APP_PASSWORD)
})
