import type { CommandIo } from '../../../src/commands/io.ts'

export interface Terminal extends CommandIo {
  readonly written: { stdout: string; stderr: string }
}

/** Standard output and error of a command, kept to be read afterwards. */
export function createTerminal(
  options: { isTTY?: boolean; env?: NodeJS.ProcessEnv } = {},
): Terminal {
  const written = { stdout: '', stderr: '' }
  return {
    written,
    env: options.env ?? {},
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text), isTTY: options.isTTY === true },
  }
}
