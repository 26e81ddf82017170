// Cookies as RFC 6265 §4 writes them: the names that are ours, and one value read out of a Cookie field.
// Hot: `findCookie` runs for every request with a cookie; measured by `npm run bench`, signed-in rows.

/** Every cookie of ours is `<base>`, `<base>.<chunk>` or `<base>-<purpose>…`. */
export interface CookieJar {
  /** `__Host-postern` where the public URL is https, `postern` on plain http. */
  readonly base: string
  readonly isSecure: boolean
}

export function createCookieJar(publicUrl: string): CookieJar {
  const isSecure = publicUrl.startsWith('https:')
  return { base: isSecure ? '__Host-postern' : 'postern', isSecure }
}

const ownName = /^(__host-|__secure-)?postern($|[.-])/i

/** Whether an upstream may neither see nor set this cookie, whatever scheme this gateway is reached by. */
export function isOwnCookie(name: string): boolean {
  return ownName.test(name)
}

/** All values that the Cookie field carries for `name`, in order. */
export function findCookies(cookies: string, name: string): string[] {
  const values: string[] = []
  let at = 0
  while (at < cookies.length) {
    let end = cookies.indexOf(';', at)
    if (end === -1) end = cookies.length
    while (cookies.charCodeAt(at) === 32) at += 1
    if (cookies.startsWith(name, at) && cookies.charCodeAt(at + name.length) === 61) {
      values.push(cookies.slice(at + name.length + 1, end).trimEnd())
    }
    at = end + 1
  }
  return values
}

/** The one value for `name`. Threat: of two cookies of our name, an attacker set one; neither is believed. */
export function findCookie(cookies: string | undefined, name: string): string | undefined {
  if (cookies === undefined) return undefined
  const values = findCookies(cookies, name)
  return values.length === 1 ? values[0] : undefined
}

/** Names of all cookies in the field, duplicates included. */
export function cookieNames(cookies: string | undefined): string[] {
  if (cookies === undefined) return []
  return cookies.split(';').map((pair) => pair.split('=', 1)[0]!.trim())
}

export interface CookieAttributes {
  /** Seconds; 0 deletes. Absent: until the browser closes. */
  readonly maxAge?: number
}

/** A Set-Cookie value with the attributes that every cookie of ours has (RFC 6265bis §4.1.3.2 for `__Host-`). */
export function toSetCookie(
  jar: CookieJar,
  name: string,
  value: string,
  attributes: CookieAttributes = {},
): string {
  const age = attributes.maxAge === undefined ? '' : `; Max-Age=${Math.floor(attributes.maxAge)}`
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${jar.isSecure ? '; Secure' : ''}${age}`
}
