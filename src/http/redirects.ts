// The one function that every URL parameter goes through before a browser is sent there. It lets through
// places on our own public origin alone, never one of our own endpoints; all else becomes `/`.

import type { ReceivedRequest } from '../request.ts'

export interface RedirectPolicy {
  /** Our public origin, such as `https://app.example.com`. */
  readonly publicUrl: string
  /** Where our own endpoints are; nobody is sent there. */
  readonly prefix: string
}

const maxLength = 2000
const fallback = '/'

// Because URL parsers drop tabs and newlines, trim controls and turn `\` into `/`: what they repair is refused.
const neverIn = /[\p{Cc}\\]/u
const path = /^\/(?!\/)/
const absolute = /^https?:\/\/[A-Za-z0-9.:[\]-]+(?=[/?#]|$)/i
const serialised = /^\/(?![/\\])[\u0021-\u007e]*$/
const misleading = /[\p{Cc}\\]|\/\/|(^|\/)\.{1,2}(\/|$)/u
const decodingRounds = 5

/**
 * The place to send a browser to: a path of our own origin with query and fragment, beginning with exactly
 * one `/`, or `/` where `value` names anything else.
 */
export function checkRedirect(value: string | null | undefined, policy: RedirectPolicy): string {
  if (value === null || value === undefined || value.length > maxLength) return fallback
  if (neverIn.test(value) || !(path.test(value) || absolute.test(value))) return fallback
  const url = URL.parse(value, policy.publicUrl)
  if (url === null || url.origin !== policy.publicUrl) return fallback
  const written = pathOf(value)
  if (isMisleading(written, policy.prefix) || isMisleading(url.pathname, policy.prefix)) {
    return fallback
  }
  // Because `search` and `hash` forget a lone `?` or `#`, the rest of the whole is taken.
  return checkLocation(url.href.slice(url.origin.length))
}

/** Where a login starts that ends at `rd`, which has been checked. */
export function toLoginUrl(prefix: string, rd: string, providerId?: string): string {
  return toStartUrl(`${prefix}/login`, rd, providerId)
}

/** Where the form for user name and password is that ends at `rd`, which has been checked. */
export function toSignInUrl(prefix: string, rd: string, providerId?: string): string {
  return toStartUrl(`${prefix}/sign-in`, rd, providerId)
}

/** The application's own page to sign in, told of `rd`, which has been checked, where it knows how to be. */
export function toSignInPage(page: string, parameter: string | undefined, rd: string): string {
  if (parameter === undefined || rd === fallback) return page
  return withParameter(page, parameter, rd)
}

/** The place with one more parameter: in front of its fragment, and in place of one of the same name. */
export function withParameter(place: string, name: string, value: string): string {
  const [address = '', fragment] = place.split('#', 2)
  const [path = '', query] = address.split('?', 2)
  const others = (query ?? '').split('&').filter((each) => each !== '' && !isNamed(each, name))
  const said = [...others, `${encodeURIComponent(name)}=${encodeURIComponent(value)}`].join('&')
  return `${path}?${said}${fragment === undefined ? '' : `#${fragment}`}`
}

function isNamed(parameter: string, name: string): boolean {
  return new URLSearchParams(parameter).has(name)
}

/** Our own logout, which ends at `rd`; it has been checked. */
export function toLogoutUrl(prefix: string, rd: string): string {
  return toStartUrl(`${prefix}/logout`, rd, undefined)
}

function toStartUrl(path: string, rd: string, providerId: string | undefined): string {
  const provider = providerId === undefined ? '' : `&provider=${encodeURIComponent(providerId)}`
  return `${path}?rd=${encodeURIComponent(rd)}${provider}`
}

/** Where the person behind a refused request is to come back to, once signed in; checked. */
export function findReturnPlace(received: ReceivedRequest, policy: RedirectPolicy): string {
  // Because the browser comes back with a GET: it goes to the page that a form was on, not to the address
  // that the form was sent to.
  const isSafe = received.method === 'GET' || received.method === 'HEAD'
  return checkRedirect(isSafe ? received.target : received.incoming.headers.referer, policy)
}

/** The path as it was written, before any parser has resolved its dots. */
function pathOf(value: string): string {
  return value.replace(absolute, '').split(/[?#]/, 1)[0] || fallback
}

// Threat: a proxy or an application behind us may decode once more than we do.
function isMisleading(path: string, prefix: string): boolean {
  let decoded = path
  for (let round = 0; round < decodingRounds; round += 1) {
    if (isForeignOrOwn(decoded.normalize('NFKC'), prefix)) return true
    const next = decodeOnce(decoded)
    // Because a `%` that was itself encoded is no escape, only the first round must be well-formed.
    if (next === undefined) return round === 0
    if (next === decoded) return false
    decoded = next
  }
  return true
}

function isForeignOrOwn(path: string, prefix: string): boolean {
  const folded = path.toLowerCase()
  const own = prefix.toLowerCase()
  return misleading.test(path) || folded === own || folded.startsWith(`${own}/`)
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

// Threat: what counts is how a browser reads the very bytes that are sent, so those are parsed once more.
function checkLocation(location: string): string {
  const base = 'https://postern.invalid'
  if (location.length > maxLength || !serialised.test(location)) return fallback
  return URL.parse(location, base)?.href === base + location ? location : fallback
}
