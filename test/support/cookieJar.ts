// The cookies of one browser, as RFC 6265bis §5 keeps them: host-only unless a Domain is given, sent by
// path, longest first; `Secure` only over https; a cookie that breaks the rules of its prefix is refused.
// It does not enforce SameSite: whoever writes a test decides which request is a cross-site one.

export interface StoredCookie {
  readonly name: string
  readonly value: string
  /** The host that set it, or the Domain that it named. */
  readonly domain: string
  readonly isHostOnly: boolean
  readonly path: string
  readonly isSecure: boolean
  readonly isHttpOnly: boolean
  readonly sameSite: string | undefined
  /** Milliseconds since the epoch; undefined until the browser closes. */
  readonly expiresAt: number | undefined
}

export interface BrowserCookies {
  /** Takes the Set-Cookie values of an answer from `url`; a refused one leaves no trace. */
  store(url: string, setCookies: readonly string[]): void
  /** The Cookie field for a request to `url`; undefined where there is none to send. */
  fieldFor(url: string): string | undefined
  /** The value of the one live cookie of that name. */
  find(name: string): StoredCookie | undefined
  all(): readonly StoredCookie[]
  clear(): void
}

/** `now` is in milliseconds, as Date.now. */
export function createBrowserCookies(now: () => number = Date.now): BrowserCookies {
  let cookies: StoredCookie[] = []
  const live = (): StoredCookie[] => {
    cookies = cookies.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now())
    return cookies
  }
  return {
    store(url, setCookies) {
      for (const text of setCookies) {
        const cookie = parseSetCookie(new URL(url), text, now())
        if (cookie === undefined) continue
        cookies = [...cookies.filter((other) => !isSamePlace(other, cookie)), cookie]
      }
    },
    fieldFor(url) {
      const sent = live()
        .filter((cookie) => isSentTo(cookie, new URL(url)))
        .sort((a, b) => b.path.length - a.path.length)
      if (sent.length === 0) return undefined
      return sent.map(({ name, value }) => `${name}=${value}`).join('; ')
    },
    find: (name) => live().find((cookie) => cookie.name === name),
    all: () => live(),
    clear() {
      cookies = []
    },
  }
}

function parseSetCookie(url: URL, text: string, now: number): StoredCookie | undefined {
  const [pair = '', ...parts] = text.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  if (equals < 1) return undefined
  const attributes = new Map(parts.map(toAttribute))
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? ''
  const path = attributes.get('path') ?? ''
  const cookie: StoredCookie = {
    name: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    domain: domain === '' ? url.hostname : domain,
    isHostOnly: domain === '',
    path: path.startsWith('/') ? path : defaultPath(url),
    isSecure: attributes.has('secure'),
    isHttpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite'),
    expiresAt: toExpiry(attributes, now),
  }
  return isAcceptable(cookie, url) ? cookie : undefined
}

function toAttribute(part: string): [name: string, value: string] {
  const equals = part.indexOf('=')
  if (equals === -1) return [part.toLowerCase(), '']
  return [part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()]
}

// RFC 6265bis §5.7: Max-Age wins over Expires.
function toExpiry(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? undefined : expires
}

function isAcceptable(cookie: StoredCookie, url: URL): boolean {
  const name = cookie.name.toLowerCase()
  if (cookie.isSecure && url.protocol !== 'https:') return false
  if (!isWithin(url.hostname, cookie)) return false
  if (name.startsWith('__secure-')) return cookie.isSecure
  if (name.startsWith('__host-')) return cookie.isSecure && cookie.isHostOnly && cookie.path === '/'
  return true
}

function isSamePlace(a: StoredCookie, b: StoredCookie): boolean {
  return a.name === b.name && a.domain === b.domain && a.path === b.path
}

function isSentTo(cookie: StoredCookie, url: URL): boolean {
  if (cookie.isSecure && url.protocol !== 'https:') return false
  if (!isWithin(url.hostname, cookie)) return false
  if (url.pathname === cookie.path) return true
  return url.pathname.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`)
}

function isWithin(host: string, { domain, isHostOnly }: StoredCookie): boolean {
  return host === domain || (!isHostOnly && host.endsWith(`.${domain}`))
}

function defaultPath(url: URL): string {
  const last = url.pathname.lastIndexOf('/')
  return last <= 0 ? '/' : url.pathname.slice(0, last)
}
