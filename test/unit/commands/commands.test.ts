import { readFile } from 'node:fs/promises'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { describe, expect, test } from 'vitest'
import { runCheck } from '../../../src/commands/check.ts'
import { commandNames } from '../../../src/commands/commandNames.ts'
import { runHelp } from '../../../src/commands/help.ts'
import { runKeygen } from '../../../src/commands/keygen.ts'
import { runSchema } from '../../../src/commands/schema.ts'
import { runVersion } from '../../../src/commands/version.ts'
import { aConfig } from '../config/configFile.ts'
import { createFolder } from '../../support/folder.ts'
import { createTerminal } from './terminal.ts'

describe('postern check', () => {
  test('says that a sound file is fine, what is in it, and what is doubtful about it', async () => {
    await using folder = await createFolder()
    const configFile = await folder.write('postern.yaml', aConfig())
    const terminal = createTerminal()
    expect(await runCheck({ configFile }, terminal)).toBe(0)
    expect(terminal.written.stdout).toBe(
      `${configFile} is fine: 1 route, 1 provider, 1 upstream, sessions in cookies.\n`,
    )
    expect(terminal.written.stderr).toMatch(/\n2 warnings\.\n$/)
  })

  test('prints every problem, of routing too, and fails', async () => {
    await using folder = await createFolder()
    const tie = '  - match: { path: /** }\n    upstream: billing\nlog: { level: loud }\n'
    const configFile = await folder.write('postern.yaml', aConfig(tie))
    const terminal = createTerminal()
    expect(await runCheck({ configFile }, terminal)).toBe(1)
    expect(terminal.written.stdout).toBe('')
    expect(terminal.written.stderr).toContain(`${configFile}:14:15`)

    const tieAlone = await folder.write('tie.yaml', aConfig(tie.replace('loud', 'info')))
    expect(await runCheck({ configFile: tieAlone }, terminal)).toBe(1)
    expect(terminal.written.stderr).toContain(`${tieAlone}:12:20  routes[1].match.path`)
  })

  test('looks secrets up in the environment that it was given', async () => {
    await using folder = await createFolder()
    const text = aConfig().replace('a-client-secret', '{ env: ACME }')
    const configFile = await folder.write('postern.yaml', text)
    expect(await runCheck({ configFile }, createTerminal())).toBe(1)
    expect(await runCheck({ configFile }, createTerminal({ env: { ACME: 'x' } }))).toBe(0)
  })
})

describe('postern keygen', () => {
  const forSessions = { isForAssertions: false }

  test('prints 32 random bytes and nothing else, another each time', async () => {
    const [one, other] = [createTerminal(), createTerminal()]
    expect(await runKeygen(forSessions, one)).toBe(0)
    await runKeygen(forSessions, other)
    expect(one.written.stdout).toMatch(/^[\w-]{43}\n$/)
    expect(one.written.stderr).toBe('')
    expect(other.written.stdout).not.toBe(one.written.stdout)
  })

  test('tells a person, and only a person, what to do with it', async () => {
    const terminal = createTerminal({ isTTY: true })
    await runKeygen(forSessions, terminal)
    expect(terminal.written.stderr).toContain('sessions.keys')
  })

  test('makes keys that the configuration accepts', async () => {
    const terminal = createTerminal()
    await runKeygen(forSessions, terminal)
    await using folder = await createFolder()
    await folder.write('key', terminal.written.stdout)
    const text = aConfig('sessions: { keys: [{ file: key }] }\n')
    const configFile = await folder.write('postern.yaml', text)
    expect(await runCheck({ configFile }, createTerminal())).toBe(0)
  })

  test('makes keys for assertions, each with a kid that is its thumbprint', async () => {
    const terminal = createTerminal({ isTTY: true })
    expect(await runKeygen({ isForAssertions: true }, terminal)).toBe(0)
    const jwk: JWK = JSON.parse(terminal.written.stdout)
    expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
    expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk))
    expect(terminal.written.stderr).toContain('assertion.keys')
    await using folder = await createFolder()
    await folder.write('key.jwk', terminal.written.stdout)
    const text = aConfig('assertion: { keys: [{ file: key.jwk }] }\nidentity: { assertion: {} }\n')
    const configFile = await folder.write('postern.yaml', text)
    expect(await runCheck({ configFile }, createTerminal())).toBe(0)
  })
})

test('postern schema prints a JSON Schema', async () => {
  const terminal = createTerminal()
  expect(await runSchema(terminal)).toBe(0)
  expect(JSON.parse(terminal.written.stdout)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { publicUrl: { type: 'string' } },
  })
})

describe('postern --help', () => {
  test('names every command, and fits a terminal of 80 columns', async () => {
    const terminal = createTerminal()
    expect(await runHelp({ topic: undefined }, terminal)).toBe(0)
    for (const name of commandNames) expect(terminal.written.stdout).toContain(`  ${name} `)
    expect(longestLine(terminal.written.stdout)).toBeLessThanOrEqual(80)
  })

  test.each(commandNames)('postern %s --help is about that command', async (topic) => {
    const terminal = createTerminal()
    expect(await runHelp({ topic }, terminal)).toBe(0)
    expect(terminal.written.stdout).toMatch(new RegExp(`^Usage: postern .*${topic}`))
    expect(longestLine(terminal.written.stdout)).toBeLessThanOrEqual(80)
  })
})

test('postern --version prints the version of the package', async () => {
  const terminal = createTerminal()
  expect(await runVersion(terminal)).toBe(0)
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(terminal.written.stdout).toBe(`postern ${version}\n`)
})

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map(({ length }) => length))
}
