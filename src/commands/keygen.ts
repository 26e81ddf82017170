import { randomBytes } from 'node:crypto'
import { generateSigningJwk } from '../crypto/signingKey.ts'
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'

export interface KeygenOptions {
  /** A key for `assertion.keys`, not for `sessions.keys`. */
  readonly isForAssertions: boolean
}

/** A key, and nothing else on standard output, so that it can be redirected into a file. */
export async function runKeygen(
  { isForAssertions }: KeygenOptions,
  { stdout, stderr }: CommandIo,
): Promise<number> {
  stdout.write(
    `${isForAssertions ? generateSigningJwk() : randomBytes(32).toString('base64url')}\n`,
  )
  if (stderr.isTTY === true) {
    const setting = isForAssertions ? 'assertion.keys' : 'sessions.keys'
    stderr.write(`Keep it in a file that only the gateway reads: ${setting}: [{ file: … }]\n`)
  }
  return exitCodes.success
}
