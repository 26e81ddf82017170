// application/x-www-form-urlencoded, as the URL Standard §5.1 writes it and browsers send it.

import { addField, decodeName, malformed, textIn, type FormField, type FormFormat } from './form.ts'

export function urlencodedFormat(charset: string): FormFormat {
  return {
    parse: (body) => parseUrlencoded(body, charset),
    write: (fields) => ({
      type: 'application/x-www-form-urlencoded',
      body: Buffer.from(fields.map(toPair).join('&')),
    }),
    ...textIn(charset),
  }
}

/** @throws GatewayError `form_malformed` */
export function parseUrlencoded(bytes: Buffer, charset: string): readonly FormField[] {
  const text = bytes.toString('latin1')
  // Threat: to some readers `;` separates fields like `&`; browsers never send it bare.
  if (text.includes(';')) throw malformed('a bare semicolon')
  if (/%(?![\da-f]{2})/i.test(text)) throw malformed('a percent sign that escapes nothing')
  const fields: FormField[] = []
  for (let start = 0; start < text.length;) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand === -1 ? text.length : ampersand
    if (end > start) addField(fields, toField(text.slice(start, end), charset))
    start = end + 1
  }
  return fields
}

function toField(pair: string, charset: string): FormField {
  const equals = pair.indexOf('=')
  const name = decode(equals === -1 ? pair : pair.slice(0, equals))
  const value = equals === -1 ? '' : pair.slice(equals + 1)
  return { name: decodeName(name, charset), value: decode(value) }
}

/** @param text - Latin-1, whose percent signs all escape something. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  let size = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!
    if (byte === 0x25) {
      bytes[size] = (toDigit(bytes[at + 1]!) << 4) | toDigit(bytes[at + 2]!)
      at += 2
    } else bytes[size] = byte === 0x2b ? 0x20 : byte
    size += 1
  }
  return bytes.subarray(0, size)
}

function toDigit(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57
}

function toPair({ name, value }: FormField): string {
  return `${encode(Buffer.from(name))}=${encode(value)}`
}

function encode(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/[^\w.-]/g, (character) => {
    if (character === ' ') return '+'
    return `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
  })
}
