// Proof that a form was shown to the very browser that posts it: the same secret in the form and in a sealed cookie.
// Threat: without it another site could sign a person into an account of its own, and read what they then write.

import { randomBytes } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { findCookie, toSetCookie, type CookieJar } from '../http/cookies.ts'
import { createSeals, isEqual } from './seals.ts'

interface Sealed {
  readonly token: string
}

export interface IssuedToken {
  readonly token: string
  /** Set-Cookie values that the page has to carry. */
  readonly setCookies: readonly string[]
}

export interface BrowserTokens {
  /** The one that the browser has, so that two tabs can be open; else a new one. */
  issue(cookies: string | undefined): Promise<IssuedToken>
  isFrom(cookies: string | undefined, token: string | undefined): Promise<boolean>
  /** The Set-Cookie value that makes the next form need another token. */
  readonly forgotten: string
}

const lifetimeSeconds = 3600

export function createBrowserTokens(
  { sessions }: Pick<Config, 'sessions'>,
  jar: CookieJar,
): BrowserTokens {
  const seals = createSeals<Sealed>(sessions.keys, 'sign-in form', lifetimeSeconds)
  const name = `${jar.base}-form`

  async function find(cookies: string | undefined): Promise<string | undefined> {
    const text = findCookie(cookies, name)
    return text === undefined ? undefined : (await seals.open(text))?.token
  }

  return {
    forgotten: toSetCookie(jar, name, '', { maxAge: 0 }),
    async issue(cookies) {
      const token = (await find(cookies)) ?? randomBytes(32).toString('base64url')
      // Because a form that is shown now has to work for as long as any other, the cookie is made anew.
      const text = await seals.seal({ token })
      return { token, setCookies: [toSetCookie(jar, name, text, { maxAge: lifetimeSeconds })] }
    },
    async isFrom(cookies, token) {
      const known = await find(cookies)
      return known !== undefined && token !== undefined && isEqual(known, token)
    },
  }
}
