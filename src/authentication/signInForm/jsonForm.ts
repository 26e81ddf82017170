// A JSON object (RFC 8259) whose members are the fields. It is parsed by the runtime and written by it; numbers keep
// their digits.

import { GatewayError } from '../../errors/gatewayError.ts'
import { addField, decodeText, malformed, type FormField, type FormFormat } from './form.ts'

// Because the types of the runtime do not have them yet: ECMAScript 2026, source text of JSON values.
declare global {
  interface JSON {
    parse(text: string, reviver: Reviver): unknown
    rawJSON(text: string): object
  }
}

type Reviver = (
  this: unknown,
  name: string,
  value: unknown,
  /** Of what is neither an object nor a list, as it stands there. */
  context: { readonly source: string },
) => unknown

export const jsonFormat: FormFormat = {
  parse: (body) => parseJsonForm(decodeText(body, 'utf-8')),
  write: (fields) => ({
    type: 'application/json',
    body: Buffer.from(
      `{${fields.map(({ name, value }) => `${JSON.stringify(name)}:${value.toString()}`).join()}}`,
    ),
  }),
  toText(value) {
    const text: unknown = JSON.parse(value.toString())
    if (typeof text === 'string') return text
    throw malformed('a value that is no text')
  },
  toValue: (text) => Buffer.from(JSON.stringify(text)),
}

function parseJsonForm(text: string): readonly FormField[] {
  const fields: FormField[] = []
  for (const [name, value] of Object.entries(parseObject(text))) {
    addField(fields, { name, value: Buffer.from(JSON.stringify(value)) })
  }
  return fields
}

function parseObject(text: string): object {
  let members = 0
  const value = parse(text, function (this: unknown, _, each, { source }) {
    if (!Array.isArray(this)) members += 1
    if (typeof each === 'string' && !each.isWellFormed()) throw malformed('half a character')
    return typeof each === 'number' ? JSON.rawJSON(source) : each
  })
  // Threat: of two members with one name, some readers take the first. The reviver sees one, and the whole as another.
  if (members !== countMembers(text) + 1) throw malformed('a member that is there twice')
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw malformed('JSON that is no object')
}

function parse(text: string, reviver: Reviver): unknown {
  try {
    return JSON.parse(text, reviver)
  } catch (error) {
    // Because what is nested too deeply is a RangeError.
    throw error instanceof GatewayError ? error : malformed('no JSON')
  }
}

/** @param text - Valid JSON: there, each colon outside strings is that of a member. */
function countMembers(text: string): number {
  let count = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') isInString = !isInString
    else if (character === '\\') at += 1
    else if (character === ':' && !isInString) count += 1
  }
  return count
}
