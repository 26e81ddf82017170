import { randomBytes } from 'node:crypto'
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'

/** A key for `sessions.keys`; nothing else on standard output, so that it can be redirected into a file. */
export async function runKeygen({ stdout, stderr }: CommandIo): Promise<number> {
  stdout.write(`${randomBytes(32).toString('base64url')}\n`)
  if (stderr.isTTY === true) {
    stderr.write('Keep it in a file that only the gateway reads: sessions.keys: [{ file: … }]\n')
  }
  return exitCodes.success
}
