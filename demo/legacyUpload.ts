// What the old application does with a file: counts and hashes it on its way in. Nothing is kept, nothing
// is held back but the few bytes that might be the beginning of a multipart boundary (RFC 2046 §5.1.1).

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface ReceivedFile {
  readonly size: number
  readonly sha256: string
}

const maxPartHeadBytes = 16_384

/** Reads the body to its end: the first part of a multipart form, or else the body as it is. */
export async function receiveFile(request: IncomingMessage): Promise<ReceivedFile> {
  const boundary = findBoundary(request.headers['content-type'])
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of boundary === undefined ? request : firstPart(request, boundary)) {
    size += chunk.length
    hash.update(chunk)
  }
  return { size, sha256: hash.digest('hex') }
}

function findBoundary(contentType = ''): string | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? []
  return quoted ?? plain
}

async function* firstPart(
  body: AsyncIterable<Buffer>,
  boundary: string,
): AsyncGenerator<Buffer, void> {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let pending = Buffer.alloc(0)
  let place: 'head' | 'content' | 'behind' = 'head'
  for await (const chunk of body) {
    if (place === 'behind') continue
    pending = Buffer.concat([pending, chunk])
    if (place === 'head') {
      const end = pending.indexOf('\r\n\r\n')
      if (end === -1 && pending.length > maxPartHeadBytes) throw new Error('part head too long')
      if (end === -1) continue
      // Because the delimiter of an empty part begins with the line end of its head.
      pending = pending.subarray(end + 2)
      pending = pending.subarray(pending.indexOf(delimiter) === 0 ? 0 : 2)
      place = 'content'
    }
    const end = pending.indexOf(delimiter)
    const ready = end === -1 ? Math.max(0, pending.length - delimiter.length + 1) : end
    yield pending.subarray(0, ready)
    pending = pending.subarray(ready)
    if (end !== -1) place = 'behind'
  }
}
