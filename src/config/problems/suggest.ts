// What a person probably meant by a value of the wrong form, by the kind of the setting.

import { METHODS } from 'node:http'
import { findNearest } from './nearest.ts'
import { originUrl } from '../schema/values.ts'

type Suggest = (found: string) => string | undefined

const ifMatches = (pattern: RegExp, replacement: string): Suggest => {
  return (found) => (pattern.test(found) ? found.replace(pattern, replacement) : undefined)
}

const suggestions: Readonly<Record<string, Suggest>> = {
  duration: (found) =>
    ifMatches(/^(\d{1,9})$/, '$1s')(found) ??
    ifMatches(/^(\d{1,9})\s*(ms|s|m|h|d)[a-z]*$/i, '$1$2')(found)?.toLowerCase(),
  size: (found) =>
    ifMatches(/^(\d{1,9})$/, '$1B')(found) ??
    ifMatches(/^(\d{1,9})\s*([KMG])i?B?$/i, '$1$2iB')(found),
  'host:port': ifMatches(/^:?(\d{1,5})$/, '0.0.0.0:$1'),
  'http(s) URL': findOrigin,
  name: (found) => {
    const name = found.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-')
    return /^[a-z0-9]/.test(name) ? name : undefined
  },
  host: (found) => (found === found.toLowerCase() ? undefined : found.toLowerCase()),
  method: (found) => findNearest(found, METHODS),
  path: ifMatches(/^([A-Za-z0-9._~-]+)\/?$/, '/$1'),
  'path pattern': (found) =>
    ifMatches(/^\^(\/[\w/~-]*?)\/?(\.\*|\(\.\*\))\$?$/, '$1/**')(found) ??
    ifMatches(/^\^(\/[\w/~-]*)\$$/, '$1')(found) ??
    ifMatches(/^([^\s?#\\;/^$|()[\]+][^\s?#\\;^$|()[\]+]*)$/, '/$1')(found),
}

/** @param found as written in the file; numbers as their digits. */
export function suggestByKind(kind: string | undefined, found: unknown): string | undefined {
  if (kind === undefined || (typeof found !== 'string' && typeof found !== 'number'))
    return undefined
  const text = String(found)
  const suggestion = suggestions[kind]?.(text)
  return suggestion === text ? undefined : suggestion
}

export function suggestOneOf(values: readonly string[], found: unknown): string | undefined {
  return typeof found === 'string' ? findNearest(found, values) : undefined
}

/** `localhost:3000` -> `http://localhost:3000`, `https://a.example/x` -> `https://a.example`. */
function findOrigin(found: string): string | undefined {
  const withScheme = found.includes('://') ? found : `${guessScheme(found)}://${found}`
  const url = URL.parse(withScheme)
  if (url === null) return undefined
  const parsed = originUrl.safeParse(url.origin)
  return parsed.success ? parsed.data : undefined
}

function guessScheme(found: string): 'http' | 'https' {
  return /:\d+$/.test(found) && !found.endsWith(':443') ? 'http' : 'https'
}
