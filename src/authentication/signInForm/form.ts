// A form as it came, taken apart without changing a byte: each field with its place, so that one value can be put in
// the place of another and all else stays what it was.

import { GatewayError } from '../../errors/gatewayError.ts'

/** Offsets of bytes; the end is not in it. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface FormField {
  readonly name: string
  /** As it was typed. @throws GatewayError `form_malformed` where it is no text, or not of the charset */
  readonly read: () => string
  readonly value: Span
  /** With its name and one separator: what is taken out where the field is. */
  readonly whole: Span
}

export interface Form {
  readonly fields: readonly FormField[]
  /** The text as a value of this form; undefined where it cannot be one. */
  readonly encode: (text: string) => Buffer | undefined
}

// Because forms that people fill in have fewer.
const maxFields = 1000

/** @throws GatewayError `form_malformed` */
export function checkCount(fields: readonly FormField[]): void {
  if (fields.length > maxFields) throw malformed(`over ${maxFields} fields`)
}

export function malformed(detail: string): GatewayError {
  return new GatewayError('form_malformed', detail)
}

/** @throws GatewayError `form_malformed` */
export function decodeText(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed(`a value that is not ${charset}`)
  }
}

/** Undefined for what is not ASCII where the charset is one that nobody here can write. */
export function encodeText(text: string, charset: string): Buffer | undefined {
  return charset === 'utf-8' || isAscii(text) ? Buffer.from(text) : undefined
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** Several changes at once; spans of one form never overlap. */
export function replaceSpans(
  body: Buffer,
  changes: readonly { readonly span: Span; readonly bytes: Buffer }[],
): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  for (const { span, bytes } of changes.toSorted(
    (one, other) => one.span.start - other.span.start,
  )) {
    pieces.push(body.subarray(at, span.start), bytes)
    at = span.end
  }
  return Buffer.concat([...pieces, body.subarray(at)])
}
