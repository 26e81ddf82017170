// Key files for signed assertions, and what an upstream was sent.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningJwk } from '../../src/crypto/signingKey.ts'
import { fieldValues, type RecordedRequest } from './upstream.ts'

export interface KeyFile extends AsyncDisposable {
  readonly file: string
  /** The private JWK that stands in it. */
  readonly text: string
  write(text: string): Promise<void>
}

/** A new key in a file of its own. */
export async function createKeyFile(text = generateSigningJwk()): Promise<KeyFile> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-assertion-'))
  const file = join(folder, 'key.jwk')
  await writeFile(file, text)
  return {
    file,
    text,
    write: (text) => writeFile(file, text),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** Every X-Postern-Assertion of a request, by its exact name in any case. */
export function assertionsOf(recorded: RecordedRequest | undefined): string[] {
  return fieldValues(recorded?.rawHeaders ?? [], 'x-postern-assertion')
}
