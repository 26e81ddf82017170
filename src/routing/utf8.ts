// RFC 3629 over decoded bytes: where the first sequence is that is not UTF-8.

import type { DecodedByte } from './decoding.ts'

/** The offset in the path of the first byte that begins no well-formed sequence; undefined where all do. */
export function findInvalidUtf8(bytes: readonly DecodedByte[]): number | undefined {
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at)
    if (length === 0) return bytes[at]!.offset
    at += length
  }
  return undefined
}

function sequenceLength(bytes: readonly DecodedByte[], at: number): number {
  const { value, isOverlong, depth } = bytes[at]!
  if (value < 0x80) return isOverlong ? 0 : 1
  const length = value < 0xc2 ? 0 : value < 0xe0 ? 2 : value < 0xf0 ? 3 : value < 0xf5 ? 4 : 0
  for (let index = 1; index < length; index += 1) {
    const next = bytes[at + index]
    // Because bytes of unequal depth are a sequence for one decoder and two pieces for another.
    if (next === undefined || next.depth !== depth) return 0
    if (!isContinuation(next.value, index === 1 ? value : 0)) return 0
  }
  return length
}

// RFC 3629 §4: the byte behind E0, ED, F0 and F4 has a narrower range: no overlong forms, no surrogates,
// nothing past U+10FFFF.
function isContinuation(value: number, lead: number): boolean {
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return value >= lowest && value <= highest
}
