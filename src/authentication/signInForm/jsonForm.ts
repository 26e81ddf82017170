// A JSON object (RFC 8259) whose members are the fields. It is parsed for what it says, and walked for where it says it.

import { decodeText, malformed, type Form, type FormField, type Span } from './form.ts'

/** @throws GatewayError `form_malformed` */
export function parseJsonForm(body: Buffer): Form {
  checkObject(decodeText(body, 'utf-8'))
  // Because one character is then one byte, and what gives JSON its structure is ASCII.
  const fields = listMembers(body, body.toString('latin1'))
  return { fields, encode: (value) => Buffer.from(JSON.stringify(value)) }
}

function checkObject(text: string): void {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed('no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('JSON that is no object')
  }
}

/** @param text valid JSON, an object */
function listMembers(body: Buffer, text: string): FormField[] {
  const fields: FormField[] = []
  let at = skipSpace(text, text.indexOf('{') + 1)
  let comma: number | undefined
  while (text[at] !== '}') {
    const key = { start: at, end: skipString(text, at) }
    const start = skipSpace(text, skipSpace(text, key.end) + 1)
    const value = { start, end: skipValue(text, start) }
    const next = skipSpace(text, value.end)
    fields.push({
      name: String(parse(body, key)),
      read: () => readText(parse(body, value)),
      value,
      whole:
        text[next] === ',' ? { start: at, end: next + 1 } : { start: comma ?? at, end: value.end },
    })
    if (text[next] !== ',') break
    comma = next
    at = skipSpace(text, next + 1)
  }
  return fields
}

function parse(body: Buffer, { start, end }: Span): unknown {
  return JSON.parse(body.toString('utf8', start, end))
}

function readText(value: unknown): string {
  if (typeof value === 'string' && value.isWellFormed()) return value
  throw malformed('a value that is no text')
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at += 1
  return at
}

/** @param from at the opening quote */
function skipString(text: string, from: number): number {
  let at = from + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function skipValue(text: string, from: number): number {
  let at = from
  let depth = 0
  while (at < text.length) {
    const character = text[at]!
    if (character === '"') at = skipString(text, at) - 1
    else if (character === '{' || character === '[') depth += 1
    else if (depth === 0 && ',}] \t\n\r'.includes(character)) return at
    else if (character === '}' || character === ']') depth -= 1
    at += 1
  }
  return at
}
