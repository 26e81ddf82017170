// What the command line asks for. Refuses what it does not understand; runs nothing itself.

import { parseArgs } from 'node:util'
import { findNearest } from '../config/problems/nearest.ts'
import type { ExplainOptions } from './explain/options.ts'
import { commandNames, type CommandName } from './commandNames.ts'

/** One member a command, with what it takes. */
export type CommandLine =
  | { readonly command: 'serve' | 'check'; readonly configFile: string }
  | ({ readonly command: 'explain' } & ExplainOptions)
  | { readonly command: 'schema' | 'version' }
  | { readonly command: 'keygen'; readonly isForAssertions: boolean }
  | { readonly command: 'help'; readonly topic: CommandName | undefined }

export interface UsageError {
  /** One sentence for standard error. */
  readonly usageError: string
}

/** The exit codes of every command. */
export const exitCodes = { success: 0, failure: 1, usage: 2 } as const

const defaultConfigFile = 'postern.yaml'

/** @param argv what follows the program's name. */
export function parseCommandLine(argv: readonly string[]): CommandLine | UsageError {
  const parsed = parseOptions(argv)
  if ('usageError' in parsed) return parsed
  const { values, positionals } = parsed
  const [word, ...rest] = positionals
  const command = findCommand(word)
  if (typeof command === 'object') return command
  if (values.help === true)
    return { command: 'help', topic: word === undefined ? undefined : command }
  if (values.version === true) return { command: 'version' }
  const misplaced = findMisplaced(command, values)
  if (misplaced !== undefined) return { usageError: `postern ${command} takes no --${misplaced}.` }
  if (command === 'explain') return toExplain(rest, values)
  if (rest.length > 0) return { usageError: `postern ${command} takes no "${rest[0]}".` }
  if (command === 'keygen') return { command, isForAssertions: values.assertion === true }
  return withConfigFile(command, values.config)
}

type Values = ReturnType<typeof parseAll>['values']

function parseOptions(argv: readonly string[]): ReturnType<typeof parseAll> | UsageError {
  try {
    return parseAll(argv)
  } catch (error) {
    return { usageError: describeParseError(error) }
  }
}

function parseAll(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: 'string', short: 'c' },
      header: { type: 'string', multiple: true, short: 'H' },
      claims: { type: 'string' },
      scopes: { type: 'string' },
      provider: { type: 'string' },
      as: { type: 'string' },
      json: { type: 'boolean' },
      assertion: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  })
}

const configCommands: ReadonlySet<CommandName> = new Set(['serve', 'check', 'explain'])

function findMisplaced(command: CommandName, values: Values): string | undefined {
  return Object.keys(values).find((name) => !takesOption(command, name))
}

function takesOption(command: CommandName, name: string): boolean {
  if (name === 'config') return configCommands.has(command)
  return command === (name === 'assertion' ? 'keygen' : 'explain')
}

function describeParseError(error: unknown): string {
  // Because Node's own sentence stands before its advice about positional arguments.
  const [sentence] = error instanceof Error ? error.message.split('. ') : []
  return `${sentence ?? 'The command line cannot be read'}.`
}

function findCommand(word: string | undefined): CommandName | UsageError {
  if (word === undefined) return 'serve'
  const command = commandNames.find((name) => name === word)
  if (command !== undefined) return command
  const nearest = findNearest(word, commandNames)
  const advice = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  return { usageError: `There is no command "${word}".${advice}` }
}

function withConfigFile(
  command: Exclude<CommandName, 'explain' | 'keygen'>,
  config: string | undefined,
): CommandLine | UsageError {
  if (config === '') return noConfigName
  if (command === 'schema') return { command }
  return { command, configFile: config ?? defaultConfigFile }
}

const noConfigName: UsageError = { usageError: '--config needs the name of a file.' }

function toExplain(operands: readonly string[], values: Values): CommandLine | UsageError {
  const [method, url, surplus] = operands
  const { config, header = [], claims, scopes, provider, as: kind, json = false } = values
  if (method === undefined || url === undefined) {
    return { usageError: 'postern explain needs a method and a URL.' }
  }
  if (surplus !== undefined) return { usageError: `postern explain takes no "${surplus}".` }
  if (config === '') return noConfigName
  if (kind !== undefined && kind !== 'person' && kind !== 'client') {
    return { usageError: `--as takes person or client, not "${kind}".` }
  }
  return {
    command: 'explain',
    configFile: config ?? defaultConfigFile,
    method: method.toUpperCase(),
    url,
    headers: header,
    assumption: { claimsFile: claims, scopes, providerId: provider, kind },
    isJson: json,
  }
}
