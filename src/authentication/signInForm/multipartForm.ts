// multipart/form-data (RFC 7578) as browsers send it: no preamble, no nesting, no transfer encodings. Of what a reader
// behind us might repair in its own way, nothing is repaired here: it is refused.

import {
  checkCount,
  decodeText,
  encodeText,
  malformed,
  type Form,
  type FormField,
  type Span,
} from './form.ts'
import { parsePartHead, type PartHead } from './partHead.ts'

const crlf = Buffer.from('\r\n')
const headEnd = Buffer.from('\r\n\r\n')

/** RFC 2046 §5.1.1, `boundary`. */
const boundarySyntax = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/

/** @throws GatewayError `form_malformed` */
export function parseMultipartForm(
  body: Buffer,
  boundary: string | undefined,
  charset: string,
): Form {
  if (boundary === undefined || !boundarySyntax.test(boundary)) throw malformed('no boundary')
  const delimiter = `--${boundary}`
  const fields: FormField[] = []
  let part = findFirstPart(body, delimiter)
  while (part !== undefined) {
    const end = body.indexOf(`\r\n${delimiter}`, part.start, 'latin1')
    if (end === -1) throw malformed('a part without an end')
    fields.push(toField(body, { part, end, delimiter }, charset))
    checkCount(fields)
    part = findNextPart(body, end + 2 + delimiter.length)
  }
  checkDelimiters(body, delimiter, fields.length + 1)
  return {
    fields,
    encode: (value) => (isPlain(value, delimiter) ? encodeText(value, charset) : undefined),
  }
}

/** Threat: a boundary behind a bare line feed, or in the middle of a line, begins a part for readers less strict. */
function checkDelimiters(body: Buffer, delimiter: string, expected: number): void {
  let count = 0
  for (let at = body.indexOf(delimiter, 0, 'latin1'); at !== -1; count += 1) {
    at = body.indexOf(delimiter, at + 1, 'latin1')
  }
  if (count !== expected) throw malformed('a boundary inside a part')
}

interface PartStart {
  /** Of its head. */
  readonly start: number
}

function findFirstPart(body: Buffer, delimiter: string): PartStart | undefined {
  if (!body.subarray(0, delimiter.length).equals(Buffer.from(delimiter, 'latin1'))) {
    throw malformed('it does not begin with the boundary')
  }
  return findNextPart(body, delimiter.length)
}

/** @param at behind a delimiter; undefined where it was the last */
function findNextPart(body: Buffer, at: number): PartStart | undefined {
  if (body.subarray(at, at + 2).equals(crlf)) return { start: at + 2 }
  const rest = body.toString('latin1', at)
  if (rest === '--' || rest === '--\r\n') return undefined
  throw malformed('a boundary with something behind it')
}

function toField(
  body: Buffer,
  place: { readonly part: PartStart; readonly end: number; readonly delimiter: string },
  charset: string,
): FormField {
  const { part, end, delimiter } = place
  const endOfHead = body.indexOf(headEnd, part.start)
  const value: Span = { start: endOfHead + headEnd.length, end }
  if (endOfHead === -1 || value.start > end) throw malformed('a part without a head')
  const head = parsePartHead(body.toString('utf8', part.start, endOfHead))
  return {
    name: head.name,
    read: () => readText(head, body.subarray(value.start, end), charset),
    value,
    whole: { start: part.start - 2 - delimiter.length, end: end + 2 },
  }
}

function readText({ isPlainText }: PartHead, bytes: Buffer, charset: string): string {
  if (!isPlainText) throw malformed('a value that is no text')
  return decodeText(bytes, charset)
}

/** Threat: a claim with a line break in it could begin a part of its own. */
function isPlain(value: string, delimiter: string): boolean {
  return !/\p{Cc}/u.test(value) && !value.includes(delimiter) && value.isWellFormed()
}
