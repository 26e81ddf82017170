// application/x-www-form-urlencoded, as the URL Standard §5.1 writes it and browsers send it. What readers behind us
// might take apart in another way is refused.

import { decodeText, encodeText, malformed, type Form, type FormField } from './form.ts'

/** @throws GatewayError `form_malformed` */
export function parseUrlencodedForm(body: Buffer, charset: string): Form {
  const text = body.toString('latin1')
  // Threat: to some readers `;` separates fields like `&`; browsers never send it bare.
  if (text.includes(';')) throw malformed('a bare semicolon')
  const fields: FormField[] = []
  let start = 0
  while (start < text.length) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand === -1 ? text.length : ampersand
    if (end > start) fields.push(toField(text, { start, end }, charset))
    start = end + 1
  }
  return { fields, encode: (value) => encode(value, charset) }
}

function toField(text: string, pair: { start: number; end: number }, charset: string): FormField {
  const { start, end } = pair
  const equals = text.indexOf('=', start)
  const nameEnd = equals === -1 || equals > end ? end : equals
  const value = { start: Math.min(nameEnd + 1, end), end }
  return {
    name: decode(text.slice(start, nameEnd)).toString('utf8'),
    read: () => decodeText(decode(text.slice(value.start, end)), charset),
    value,
    whole: end < text.length ? { start, end: end + 1 } : { start: Math.max(0, start - 1), end },
  }
}

/** @param text latin1 */
function decode(text: string): Buffer {
  const bytes = Buffer.alloc(text.length)
  let size = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x25) {
      const escape = text.slice(at + 1, at + 3)
      if (!/^[0-9a-f]{2}$/i.test(escape)) throw malformed('a percent sign that escapes nothing')
      bytes[size] = Number.parseInt(escape, 16)
      at += 2
    } else bytes[size] = code === 0x2b ? 0x20 : code
    size += 1
  }
  return bytes.subarray(0, size)
}

function encode(value: string, charset: string): Buffer | undefined {
  if (encodeText(value, charset) === undefined) return undefined
  return Buffer.from(encodeURIComponent(value.toWellFormed()).replaceAll('%20', '+'))
}
