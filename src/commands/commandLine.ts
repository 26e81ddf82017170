// What the command line asks for. Refuses what it does not understand; runs nothing itself.

import { parseArgs } from 'node:util'
import { findNearest } from '../config/nearest.ts'
import { commandNames, type CommandName } from './commandNames.ts'

/** One member a command, with what it takes. */
export type CommandLine =
  | { readonly command: 'serve' | 'check'; readonly configFile: string }
  | { readonly command: 'schema' | 'keygen' | 'version' }
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
  if (rest.length > 0) return { usageError: `postern ${command} takes no "${rest[0]}".` }
  return withOptions(command, values.config)
}

function parseOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    })
  } catch (error) {
    return { usageError: describeParseError(error) }
  }
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

function withOptions(command: CommandName, config: string | undefined): CommandLine | UsageError {
  if (command === 'serve' || command === 'check') {
    if (config === '') return { usageError: '--config needs the name of a file.' }
    return { command, configFile: config ?? defaultConfigFile }
  }
  if (config !== undefined) return { usageError: `postern ${command} takes no --config.` }
  return { command }
}
