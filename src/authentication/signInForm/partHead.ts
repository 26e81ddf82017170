// The head of one part of multipart/form-data (RFC 7578 §4.2): whose value it is, and whether that is a file. Written
// anew, it says nothing more.

import { decodeName, decodeText, malformed, type FormField, type FormFile } from './form.ts'
import { parseMediaType } from './mediaType.ts'

export type PartHead = Omit<FormField, 'value'>

const maxLength = 4096
const line = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*)$/
const plainBytes = /^[\t\x20-\x7e\x80-\xff]*$/
const disposition = /^form-data;[ \t]*name="([^"]*)"(?:;[ \t]*filename="([^"\\;]*)")?$/i

/** @param head in Latin-1, without the empty line @throws GatewayError `form_malformed` */
export function parsePartHead(head: string, charset: string): PartHead {
  if (head.length > maxLength) throw malformed('the head of a part is too long')
  const lines = parseLines(head)
  const encoding = lines.get('content-transfer-encoding') ?? 'binary'
  // RFC 7578 §4.7: deprecated, and not everybody decodes it.
  if (!/^(7bit|8bit|binary)$/i.test(encoding)) throw malformed('a part with a transfer encoding')
  const said = disposition.exec(lines.get('content-disposition') ?? '')
  const [, latin1Name, filename] = said ?? []
  if (latin1Name === undefined) throw malformed('a part without a plain name')
  const name = decodeName(Buffer.from(latin1Name, 'latin1'), charset)
  const type = lines.get('content-type')
  if (filename === undefined) {
    checkText(type, charset)
    return { name }
  }
  // Because some read no field at all where a file has a name that is no text.
  decodeText(Buffer.from(filename, 'latin1'), charset)
  return { name, file: toFile(filename, type) }
}

function parseLines(head: string): Map<string, string> {
  const lines = new Map<string, string>()
  for (const each of head.split('\r\n')) {
    const [, name, value] = line.exec(each) ?? []
    if (name === undefined || value === undefined || !plainBytes.test(each)) {
      throw malformed('the head of a part')
    }
    if (lines.has(name.toLowerCase())) throw malformed('a line twice in the head of a part')
    lines.set(name.toLowerCase(), value)
  }
  return lines
}

/** Threat: a part with a charset of its own is read in it, or is not. */
function checkText(type: string | undefined, charset: string): void {
  const { type: name, parameters } = parseMediaType(type ?? 'text/plain') ?? {}
  const said = parameters?.get('charset') ?? charset
  if (name !== 'text/plain' || said.toLowerCase() !== charset) {
    throw malformed('a part that is neither text of the charset nor a file')
  }
}

/** Threat: some readers take what is in a part of several parts for fields. */
function toFile(filename: string, said = 'application/octet-stream'): FormFile {
  const type = parseMediaType(said)?.type
  if (type === undefined || /^(multipart|message)\//.test(type) || filename.includes('=?')) {
    throw malformed('a file that has two readings')
  }
  return { filename, type }
}
