// Small files of text: keys, certificates, secrets. The last line end is no part of what a file says.

import { createReadStream, readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'

const maxBytes = 1024 * 1024

/** @throws what the system says; EFBIG for more than 1 MB */
export async function readText(file: string): Promise<string> {
  const bytes = await buffer(createReadStream(file, { end: maxBytes }))
  if (bytes.length > maxBytes) throw Object.assign(new Error('over 1 MB'), { code: 'EFBIG' })
  return withoutLineEnd(bytes.toString())
}

/**
 * For files that have been read before, while nothing is served yet: everything waits for it.
 *
 * @throws what the system says
 */
export function readTextNow(file: string): string {
  return withoutLineEnd(readFileSync(file, 'utf8'))
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
