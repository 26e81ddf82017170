import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../../src/commands/commandLine.ts'

describe('the command line', () => {
  test.each([
    ['', { command: 'serve', configFile: 'postern.yaml' }],
    ['serve', { command: 'serve', configFile: 'postern.yaml' }],
    ['--config a.yaml', { command: 'serve', configFile: 'a.yaml' }],
    ['check -c a.yaml', { command: 'check', configFile: 'a.yaml' }],
    ['--config=a.yaml check', { command: 'check', configFile: 'a.yaml' }],
    ['schema', { command: 'schema' }],
    ['keygen', { command: 'keygen', isForAssertions: false }],
    ['keygen --assertion', { command: 'keygen', isForAssertions: true }],
    ['--version', { command: 'version' }],
    ['--help', { command: 'help', topic: undefined }],
    ['-h', { command: 'help', topic: undefined }],
    ['check --help', { command: 'help', topic: 'check' }],
  ])('"postern %s" is understood', (line, asked) => {
    expect(parseCommandLine(line.split(' ').filter(Boolean))).toEqual(asked)
  })

  test.each([
    ['chekc', 'There is no command "chekc". Did you mean "check"?'],
    ['chek', 'There is no command "chek". Did you mean "check"?'],
    ['frobnicate', 'There is no command "frobnicate".'],
    ['frobnicate --help', 'There is no command "frobnicate".'],
    ['check a.yaml', 'postern check takes no "a.yaml".'],
    ['keygen --config a.yaml', 'postern keygen takes no --config.'],
    ['serve --assertion', 'postern serve takes no --assertion.'],
    ['explain GET http://a/ --assertion', 'postern explain takes no --assertion.'],
    ['--config=', '--config needs the name of a file.'],
  ])('"postern %s" is refused with a reason', (line, usageError) => {
    expect(parseCommandLine(line.split(' '))).toEqual({ usageError })
  })

  test.each(['--confg a.yaml', '--config', '--help=yes', '-x'])(
    '"postern %s" is refused in one sentence',
    (line) => {
      const result = parseCommandLine(line.split(' '))
      expect(result).toEqual({ usageError: expect.stringMatching(/^[^\n]+\.$/) })
    },
  )
})
