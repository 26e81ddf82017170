// Attributes of an application's cookies, changed as the configuration says; name, value and all else stay byte
// for byte. Reads a Set-Cookie field as browsers do (RFC 6265 §5.2). Runs only where that is configured.

import type { ResponsesConfig } from '../config/schema/responses.ts'
import { findRest } from './locations.ts'

type CookieSettings = ResponsesConfig['cookies']

/** The same text where nothing is to be changed. */
export type MapCookie = (setCookie: string) => string

/** Undefined where nothing is configured. */
export function createMapCookie(settings: CookieSettings): MapCookie | undefined {
  const { domains, paths, secure, sameSite } = settings
  const isIdle = domains.length + paths.length === 0 && (secure ?? sameSite) === undefined
  return isIdle ? undefined : (setCookie) => mapCookie(setCookie, settings)
}

function mapCookie(setCookie: string, settings: CookieSettings): string {
  const [pair = '', ...attributes] = setCookie.split(';')
  const prefix = findPrefix(pair)
  const kept = withLastDomain(attributes, prefix, settings).flatMap(
    (text) => mapAttribute(text, prefix, settings) ?? [],
  )
  const names = new Set(kept.map((text) => parseAttribute(text).name))
  if (settings.secure === true && !names.has('secure')) kept.push(' Secure')
  if (settings.sameSite !== undefined && !names.has('samesite')) {
    kept.push(` SameSite=${sameSiteWords[settings.sameSite]}`)
  }
  return [pair, ...kept].join(';')
}

const sameSiteWords = { strict: 'Strict', lax: 'Lax', none: 'None' } as const

type Prefix = 'host' | 'secure' | undefined

/** RFC 6265bis §4.1.3: browsers hold such cookies to their names. */
function findPrefix(pair: string): Prefix {
  const name = pair.trimStart().toLowerCase()
  if (name.startsWith('__host-')) return 'host'
  return name.startsWith('__secure-') ? 'secure' : undefined
}

/** RFC 6265 §5.3: of several, the last counts. One before it would, where that one is left out. */
function withLastDomain(
  attributes: readonly string[],
  prefix: Prefix,
  { domains }: CookieSettings,
): readonly string[] {
  if (domains.length === 0 || prefix === 'host') return attributes
  const isDomain = (text: string): boolean => parseAttribute(text).name === 'domain'
  const last = attributes.findLastIndex(isDomain)
  return attributes.filter((text, at) => at === last || !isDomain(text))
}

interface Attribute {
  /** In lower case. */
  readonly name: string
  readonly value: string
  /** The text up to where the value begins. */
  readonly head: string
}

function parseAttribute(text: string): Attribute {
  const equals = text.indexOf('=')
  if (equals === -1) return { name: text.trim().toLowerCase(), value: '', head: `${text}=` }
  return {
    name: text.slice(0, equals).trim().toLowerCase(),
    value: text.slice(equals + 1).trim(),
    head: text.slice(0, equals + 1),
  }
}

/** Undefined where it is to be left out. */
function mapAttribute(text: string, prefix: Prefix, settings: CookieSettings): string | undefined {
  const { name, value, head } = parseAttribute(text)
  switch (name) {
    case 'domain':
      return prefix === 'host' ? text : mapDomain(text, head, value, settings)
    case 'path':
      return prefix === 'host' ? text : mapPath(text, head, value, settings)
    case 'secure':
      return settings.secure === false && prefix === undefined ? undefined : text
    case 'samesite':
      return settings.sameSite === undefined ? text : head + sameSiteWords[settings.sameSite]
    default:
      return text
  }
}

function mapDomain(
  text: string,
  head: string,
  value: string,
  { domains }: CookieSettings,
): string | undefined {
  const domain = value.replace(/^\./, '').toLowerCase()
  const mapping = domains.find(({ from }) => from === domain)
  if (mapping === undefined) return text
  return mapping.to === undefined ? undefined : head + mapping.to
}

function mapPath(text: string, head: string, path: string, { paths }: CookieSettings): string {
  // RFC 6265 §5.2.4: any other path is as if it were not there.
  if (!path.startsWith('/')) return text
  for (const { from, to } of paths) {
    const rest = findRest(path, from)
    if (rest !== undefined) return head + (to + rest || '/')
  }
  return text
}
