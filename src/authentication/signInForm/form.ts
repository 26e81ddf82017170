// A form as a list of fields, which is all that is kept of it: what is judged is this list, and what an application gets is
// written anew from it. Nothing of the bytes that came reaches it in another way.

import { GatewayError } from '../../errors/gatewayError.ts'
import { isFieldName } from '../../http/formFields.ts'

export interface FormField {
  readonly name: string
  /** As it was typed: bytes in the charset of the form; in JSON, the text of a JSON value. */
  readonly value: Buffer
  readonly file?: FormFile | undefined
}

/** What a field says of its file. */
export interface FormFile {
  /** Bytes in the charset of the form, as Latin-1. */
  readonly filename: string
  /** Without parameters. */
  readonly type: string
}

export interface Content {
  readonly type: string
  readonly body: Buffer
}

/** One way to write fields down; each has exactly one spelling for a list of fields. */
export interface FormFormat {
  /** @throws GatewayError `form_malformed` for what others could read in another way */
  readonly parse: (body: Buffer) => readonly FormField[]
  readonly write: (fields: readonly FormField[]) => Content
  /** @throws GatewayError `form_malformed` where the value is no text, or not of the charset */
  readonly toText: (value: Buffer) => string
  /** Undefined where the charset is one that nobody here can write. */
  readonly toValue: (text: string) => Buffer | undefined
}

export interface Form {
  readonly fields: readonly FormField[]
  readonly format: FormFormat
}

// Because forms that people fill in have fewer, and PHP reads no more.
const maxFields = 1000

/** @throws GatewayError `form_malformed` */
export function addField(fields: FormField[], field: FormField): void {
  if (!isFieldName(field.name)) throw malformed('a name that has two readings')
  if (fields.length >= maxFields) throw malformed(`over ${maxFields} fields`)
  fields.push(field)
}

export function malformed(detail: string): GatewayError {
  return new GatewayError('form_malformed', detail)
}

/** For formats that write text as its bytes. */
export function textIn(charset: string): Pick<FormFormat, 'toText' | 'toValue'> {
  return {
    toText: (value) => decodeText(value, charset),
    toValue: (text) => (charset === 'utf-8' || isAscii(text) ? Buffer.from(text) : undefined),
  }
}

/**
 * Because in other charsets than UTF-8 a character may end in the byte of a quote or bracket, names are ASCII there.
 *
 * @throws GatewayError `form_malformed`
 */
export function decodeName(bytes: Buffer, charset: string): string {
  const name = decodeText(bytes, 'utf-8')
  if (charset !== 'utf-8' && !isAscii(name)) throw malformed('a name that is not ASCII')
  return name
}

/** @throws GatewayError `form_malformed` */
export function decodeText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed(`text that is not ${charset}`)
  }
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}
