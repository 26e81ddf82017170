// multipart/form-data (RFC 7578) as browsers send it: no preamble, no nesting, no transfer encodings. It is written
// with a boundary that nobody who wrote a value can have known.

import { randomBytes } from 'node:crypto'
import { addField, malformed, textIn, type FormField, type FormFormat } from './form.ts'
import { parsePartHead } from './partHead.ts'

const crlf = '\r\n'

/** RFC 2046 §5.1.1, `boundary`. */
const boundarySyntax = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/

export function multipartFormat(charset: string, boundary: string | undefined): FormFormat {
  return {
    parse: (body) => parseMultipart(body, boundary, charset),
    write(fields) {
      const own = `PosternForm${randomBytes(18).toString('hex')}`
      const body = Buffer.concat([
        ...fields.flatMap((field) => toPart(field, own)),
        Buffer.from(`--${own}--${crlf}`),
      ])
      return { type: `multipart/form-data; boundary=${own}`, body }
    },
    ...textIn(charset),
  }
}

function parseMultipart(
  body: Buffer,
  boundary: string | undefined,
  charset: string,
): readonly FormField[] {
  if (boundary === undefined || !boundarySyntax.test(boundary)) throw malformed('no boundary')
  const delimiter = `${crlf}--${boundary}`
  const fields: FormField[] = []
  let at = delimiter.length - crlf.length
  if (body.toString('latin1', 0, at) !== delimiter.slice(crlf.length)) {
    throw malformed('it does not begin with the boundary')
  }
  while (body.toString('latin1', at, at + crlf.length) === crlf) {
    const end = body.indexOf(delimiter, at, 'latin1')
    if (end === -1) throw malformed('a part without an end')
    addField(fields, toField(body.subarray(at + crlf.length, end), charset))
    at = end + delimiter.length
  }
  const rest = body.toString('latin1', at, at + 5)
  if (rest !== '--' && rest !== `--${crlf}`) throw malformed('a boundary with something behind it')
  return fields
}

function toField(part: Buffer, charset: string): FormField {
  const endOfHead = part.indexOf(crlf + crlf)
  if (endOfHead === -1) throw malformed('a part without a head')
  const head = parsePartHead(part.toString('latin1', 0, endOfHead), charset)
  return { ...head, value: part.subarray(endOfHead + 2 * crlf.length) }
}

function toPart({ name, value, file }: FormField, boundary: string): Buffer[] {
  const head = `--${boundary}${crlf}Content-Disposition: form-data; name="${name}"`
  const ofFile = file && `; filename="${file.filename}"${crlf}Content-Type: ${file.type}`
  const lines = Buffer.from(`${ofFile ?? ''}${crlf}${crlf}`, 'latin1')
  return [Buffer.from(head), lines, value, Buffer.from(crlf)]
}
