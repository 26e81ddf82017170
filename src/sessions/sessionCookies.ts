// The Set-Cookie values of a session: its cookie or chunks, and the end of chunks that are no longer its own.

import { cookieNames, toSetCookie, type CookieJar } from '../http/cookies.ts'

/** @param maxAge seconds that the session still has at most: the cookie goes with it */
export function toSessionCookies(
  jar: CookieJar,
  values: readonly string[],
  maxAge: number,
  cookies: string | undefined,
): string[] {
  const names = values.map((_, at) => (at === 0 ? jar.base : `${jar.base}.${at}`))
  const written = values.map((value, at) => toSetCookie(jar, names[at]!, value, { maxAge }))
  const stale = findChunkNames(jar, cookies).filter((name) => !names.includes(name))
  return [...written, ...stale.map((name) => toDeletion(jar, name))]
}

export function toDeletedCookies(jar: CookieJar, cookies: string | undefined): string[] {
  return [jar.base, ...findChunkNames(jar, cookies)].map((name) => toDeletion(jar, name))
}

function toDeletion(jar: CookieJar, name: string): string {
  return toSetCookie(jar, name, '', { maxAge: 0 })
}

function findChunkNames(jar: CookieJar, cookies: string | undefined): string[] {
  const isChunk = (name: string) =>
    name.startsWith(`${jar.base}.`) && /^[1-9]$/.test(name.slice(jar.base.length + 1))
  return [...new Set(cookieNames(cookies).filter(isChunk))]
}
