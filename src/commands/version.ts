import packageJson from '../../package.json' with { type: 'json' }
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'

export async function runVersion({ stdout }: CommandIo): Promise<number> {
  stdout.write(`postern ${packageJson.version}\n`)
  return exitCodes.success
}
