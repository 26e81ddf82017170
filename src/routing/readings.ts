// What else an ambiguous path could be to the server behind: decoded to the end, without parameters, cut at
// an encoded `?` or `#`, slashes merged. Runs only for paths that a route allows by name.

import { decodeFully } from './decoding.ts'

/** In the spelling of judged paths. */
export function readingsOf(path: string): ReadonlySet<string> {
  const readings = new Set<string>()
  for (const decoded of [toDecodedText(path), toDecodedText(withoutParameters(path))]) {
    for (const text of [decoded, withoutParameters(decoded)]) {
      readings.add(mergeSlashes(text))
      readings.add(mergeSlashes(text.replace(/[?#].*/, '')))
    }
  }
  return readings
}

function withoutParameters(path: string): string {
  return path.replaceAll(/;[^/]*/g, '')
}

function mergeSlashes(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/')
}

function toDecodedText(path: string): string {
  let text = ''
  for (const { value } of decodeFully(path)) {
    const isVisible = value > 0x20 && value < 0x7f && value !== 0x25
    text += isVisible
      ? String.fromCharCode(value)
      : `%${value.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}
