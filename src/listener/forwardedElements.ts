// RFC 7239 §4: the Forwarded field as a list of elements. Reads it strictly, since only trusted proxies are heard.

import { isToken } from '../http/fields.ts'

/** One hop: parameter names in lower case, values without their quotes. */
export type ForwardedElement = ReadonlyMap<string, string>

/** Undefined where the field is malformed anywhere, or an element names a parameter twice. */
export function parseForwarded(field: string): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = []
  for (const text of splitOutsideQuotes(field, ',')) {
    const element = parseElement(text)
    if (element === undefined) return undefined
    elements.push(element)
  }
  return elements
}

function parseElement(text: string): ForwardedElement | undefined {
  const element = new Map<string, string>()
  for (const pair of splitOutsideQuotes(text, ';')) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase()
    const value = parseValue(pair.slice(equals + 1).trim())
    if (!isToken(name) || value === undefined || element.has(name)) return undefined
    element.set(name, value)
  }
  return element
}

/** RFC 9110 §5.6.4: a token, or a quoted string whose escapes are undone. */
function parseValue(text: string): string | undefined {
  if (!text.startsWith('"')) return isToken(text) ? text : undefined
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)
  return quoted?.[1]?.replace(/\\(.)/g, '$1')
}

function splitOutsideQuotes(text: string, delimiter: string): string[] {
  const parts: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') isQuoted = !isQuoted
    else if (isQuoted && character === '\\') at += 1
    else if (!isQuoted && character === delimiter) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
