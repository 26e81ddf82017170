// Key files for signed assertions, and what an upstream was sent.

import { generateSigningJwk } from '../../src/crypto/signingKey.ts'
import { createFolder } from './folder.ts'
import { fieldValues, type RecordedRequest } from './upstream.ts'

export interface KeyFile extends AsyncDisposable {
  readonly file: string
  /** The private JWK that stands in it. */
  readonly text: string
  write(text: string): Promise<void>
}

/** A new key in a file of its own. */
export async function createKeyFile(text = generateSigningJwk()): Promise<KeyFile> {
  const folder = await createFolder()
  const file = await folder.write('key.jwk', text)
  return {
    file,
    text,
    write: async (text) => void (await folder.write('key.jwk', text)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** Every X-Postern-Assertion of a request, by its exact name in any case. */
export function assertionsOf(recorded: RecordedRequest | undefined): string[] {
  return fieldValues(recorded?.rawHeaders ?? [], 'x-postern-assertion')
}
