// Field bytes as undici hands them over, as latin1 strings: the same bytes again when they are written.
// Hot: runs for every answer; decoding the head once and slicing it costs a third of decoding part by part.

import type { Dispatcher } from 'undici'

type RawFields = Dispatcher.DispatchController['rawHeaders']

/** Names and values in turn, the bytes unchanged. */
export function toRawFields(raw: RawFields): string[] {
  if (!Array.isArray(raw)) return []
  const fields: string[] = []
  const [first] = raw
  const text = first instanceof Buffer ? decodeFrom(first, raw.at(-1)) : ''
  for (const part of raw) {
    fields.push(typeof part === 'string' ? part : decode(part, first, text))
  }
  return fields
}

/** All from the first part to the last, where they came in one read and so lie in one piece of memory. */
function decodeFrom(first: Buffer, last: Buffer | string | undefined): string {
  if (!(last instanceof Buffer) || last.buffer !== first.buffer) return ''
  const length = last.byteOffset + last.length - first.byteOffset
  return length < 0 ? '' : Buffer.from(first.buffer, first.byteOffset, length).toString('latin1')
}

function decode(part: Buffer, first: Buffer | string | undefined, text: string): string {
  if (!(first instanceof Buffer) || part.buffer !== first.buffer) return part.toString('latin1')
  const start = part.byteOffset - first.byteOffset
  const end = start + part.length
  return start < 0 || end > text.length ? part.toString('latin1') : text.slice(start, end)
}
