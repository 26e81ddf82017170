// What people are given to copy is right as it stands.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from '../support/process.ts'
import { appNames, exampleFolder } from './legacyApp.ts'

test.each(appNames)('postern.yaml of %s passes the check', async (name) => {
  const file = join(exampleFolder(name), 'postern.yaml')
  const env = { CLIENT_SECRET: 'a-secret-that-is-long', APP_PASSWORD: 'another-that-is-long' }
  const { code, stdout } = await runProgram(['check', '--config', file], { env })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('is fine') })
})
