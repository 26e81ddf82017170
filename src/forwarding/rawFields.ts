// Field bytes as undici hands them over, as latin1 strings: the same bytes again when they are written.
// Hot: runs for every answer.

import type { Dispatcher } from 'undici'

type RawFields = Dispatcher.DispatchController['rawHeaders']

/** Names and values in turn, the bytes unchanged. */
export function toRawFields(raw: RawFields): string[] {
  if (!Array.isArray(raw)) return []
  const fields: string[] = []
  for (const part of raw) fields.push(typeof part === 'string' ? part : part.toString('latin1'))
  return fields
}
