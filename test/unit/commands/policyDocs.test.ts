// docs/policy.md is true: its configuration, its claims, and every output that it shows.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { coversScope } from '../../../src/authorization/scopeValues.ts'
import { parseCommandLine } from '../../../src/commands/commandLine.ts'
import { runExplain } from '../../../src/commands/explain.ts'
import { createFolder, type Folder } from '../../support/folder.ts'
import { createTerminal } from './terminal.ts'

const page = await readFile('docs/policy.md', 'utf8')
const files = [...page.matchAll(/```(?:yaml|json)\n(?:#|\/\/) (\S+)\n([^]*?)```/g)]
const sessions = [...page.matchAll(/```console\n\$ postern ([^\n]+)\n([^]*?)```/g)]

let folder: Folder

beforeAll(async () => {
  folder = await createFolder()
  for (const [, name = '', content = ''] of files) await folder.write(name, content)
})

afterAll(() => folder[Symbol.asyncDispose]())

/** As a shell splits it, and with the page's own files. */
function toArguments(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!)
  const inFolder = words.map((word) => (word.endsWith('.json') ? join(folder.path, word) : word))
  return [...inFolder, '--config', join(folder.path, 'postern.yaml')]
}

test.each(sessions.map(([, line = '', output = '']) => ({ line, output })))(
  'postern $line',
  async ({ line, output }) => {
    const asked = parseCommandLine(toArguments(line))
    if (!('command' in asked) || asked.command !== 'explain') throw new Error(line)
    const terminal = createTerminal({ env: { GENAUTH_CLIENT_SECRET: 'a-secret' } })
    const status = await runExplain(asked, terminal)
    expect(terminal.written).toEqual({ stdout: output, stderr: '' })
    expect(status).toBe(/^(upstream|nobody {4}204)/m.test(output) ? 0 : 1)
  },
)

test('the page has files and outputs that could be checked', () => {
  expect([files.length, sessions.length]).toEqual([3, 5])
})

test('the table of scopes is what the code does', () => {
  const rows = [...page.matchAll(/^\| `([\w:*]+)` +\| ((?:yes|no) .*)\|$/gm)]
  const header = /^\| wanted +\|(.*)\|$/m.exec(page)?.[1] ?? ''
  const granted = [...header.matchAll(/`([^`]+)`/g)].map(([, scope = '']) => scope)
  expect([rows.length, granted.length]).toEqual([6, 4])
  for (const [, wanted = '', answers = ''] of rows) {
    const found = granted.map((scope) => (coversScope(scope, wanted) ? 'yes' : 'no'))
    expect(found, wanted).toEqual(answers.split('|').map((answer) => answer.trim()))
  }
})
