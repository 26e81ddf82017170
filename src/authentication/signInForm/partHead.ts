// The head of one part of multipart/form-data (RFC 7578 §4.2): whose value it is, and whether that is text.

import { malformed } from './form.ts'

export interface PartHead {
  readonly name: string
  /** Neither a file nor of another type than plain text. */
  readonly isPlainText: boolean
}

const line = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(\P{Cc}*)$/u
const disposition = /^form-data((?:[ \t]*;[ \t]*[a-z*]+="[^"]*")+)$/i
const parameter = /([a-z*]+)="([^"]*)"/gi
const plainText = /^text\/plain(;[ \t]*charset="?utf-?8"?)?$/i

/** @param text without the empty line @throws GatewayError `form_malformed` */
export function parsePartHead(text: string): PartHead {
  const lines = parseLines(text)
  const encoding = lines.get('content-transfer-encoding') ?? 'binary'
  // RFC 7578 §4.7: deprecated, and not everybody decodes it.
  if (!/^(7bit|8bit|binary)$/i.test(encoding)) throw malformed('a part with a transfer encoding')
  const parameters = parseDisposition(lines.get('content-disposition'))
  const name = parameters.get('name')
  // Because what `\"` means, and whether it ends the name, depends on the reader.
  if (name === undefined || name.includes('\\')) throw malformed('a part without a plain name')
  const isFile = parameters.has('filename')
  return { name, isPlainText: !isFile && plainText.test(lines.get('content-type') ?? 'text/plain') }
}

function parseLines(text: string): Map<string, string> {
  const lines = new Map<string, string>()
  for (const each of text.split('\r\n')) {
    const [, name, value] = line.exec(each) ?? []
    if (name === undefined || value === undefined) throw malformed('the head of a part')
    if (lines.has(name.toLowerCase())) throw malformed('a line twice in the head of a part')
    lines.set(name.toLowerCase(), value.trim())
  }
  return lines
}

function parseDisposition(value: string | undefined): Map<string, string> {
  const list = disposition.exec(value ?? '')?.[1]
  if (list === undefined) throw malformed('a part that is not form-data')
  const parameters = new Map<string, string>()
  for (const [, name = '', text = ''] of list.matchAll(parameter)) {
    const lower = name.toLowerCase()
    // RFC 7578 §4.2: `name*` and `filename*` MUST NOT be used; who knows them would read another name.
    if (parameters.has(lower) || lower.includes('*')) throw malformed('a parameter of a part')
    parameters.set(lower, text)
  }
  return parameters
}
