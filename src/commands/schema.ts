import { toConfigJsonSchema } from '../config/schema/jsonSchema.ts'
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'

/** The JSON Schema of the configuration, for editors. */
export async function runSchema({ stdout }: CommandIo): Promise<number> {
  stdout.write(`${JSON.stringify(toConfigJsonSchema(), undefined, 2)}\n`)
  return exitCodes.success
}
