// Percent-decoding to the very end: until no escape and no overlong UTF-8 form of an ASCII character is left,
// which is as far as any server behind this one could go. One pass, whatever the nesting.

/** One byte of a decoded path, and how it was written. */
export interface DecodedByte {
  readonly value: number
  /** How often it had to be decoded: 0 as it came, 1 for `%41`, 2 for `%2541`. */
  readonly depth: number
  /** Where its spelling starts in the path. */
  readonly offset: number
  /** An ASCII character spelt in two or more bytes, which RFC 3629 §3 forbids and old decoders accept. */
  readonly isOverlong: boolean
}

const percent = 0x25

/** The value of a hexadecimal digit's character code, or -1. */
export function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lowerCased = code | 0x20
  return lowerCased >= 0x61 && lowerCased <= 0x66 ? lowerCased - 0x57 : -1
}

/** All bytes of a path whose escapes are well-formed. */
export function decodeFully(path: string): DecodedByte[] {
  const bytes: DecodedByte[] = []
  for (let offset = 0; offset < path.length; offset += 1) {
    bytes.push({ value: path.charCodeAt(offset), depth: 0, offset, isOverlong: false })
    // Because what was folded can in turn be the last part of an escape, or of an overlong form.
    let isFolding = true
    while (isFolding) isFolding = foldEscape(bytes) || foldOverlong(bytes)
  }
  return bytes
}

function foldEscape(bytes: DecodedByte[]): boolean {
  if (bytes.at(-3)?.value !== percent) return false
  const high = hexValue(bytes.at(-2)!.value)
  const low = hexValue(bytes.at(-1)!.value)
  if (high === -1 || low === -1) return false
  foldLast(bytes, 3, { value: high * 16 + low, addedDepth: 1, isOverlong: false })
  return true
}

function foldOverlong(bytes: DecodedByte[]): boolean {
  const last = bytes.at(-1)!.value
  if (last < 0x80 || last > 0xbf) return false
  const form = overlongForms.find(({ padding, base }) => isOverlongForm(bytes, padding, base))
  if (form === undefined) return false
  const leading = bytes.at(-2)!.value - form.base
  const value = (leading << 6) | (last & 0x3f)
  foldLast(bytes, form.padding.length + 2, { value, addedDepth: 0, isOverlong: true })
  return true
}

// The leading bytes that add nothing: 110_0000x, 1110_0000 10_00000x, 11110_000 10_000000 10_00000x.
const overlongForms = [
  { padding: [], base: 0xc0 },
  { padding: [0xe0], base: 0x80 },
  { padding: [0xf0, 0x80], base: 0x80 },
] as const

function isOverlongForm(bytes: DecodedByte[], padding: readonly number[], base: number): boolean {
  const leading = bytes.at(-2)?.value
  if (leading !== base && leading !== base + 1) return false
  return padding.every((value, index) => bytes.at(index - 2 - padding.length)?.value === value)
}

interface Folded {
  readonly value: number
  readonly addedDepth: number
  readonly isOverlong: boolean
}

function foldLast(bytes: DecodedByte[], count: number, folded: Folded): void {
  const parts = bytes.splice(-count, count)
  bytes.push({
    value: folded.value,
    depth: Math.max(...parts.map((part) => part.depth)) + folded.addedDepth,
    offset: parts[0]!.offset,
    isOverlong: folded.isOverlong || parts.some((part) => part.isOverlong),
  })
}
