// An upstream's response fields on their way to the client: walked once; hop-by-hop and nominated ones and
// cookies of our names dropped, ours added. Hot: runs for every answer; measured by `npm run bench`.

import { isOwnCookie } from '../http/cookies.ts'
import { isHopByHop, parseConnectionOptions } from '../http/fields.ts'

export interface ResponseFieldPolicy {
  /** The value of our Via field. */
  readonly via: string
  /** Set-Cookie values of ours. */
  readonly setCookies: readonly string[]
  /** The answer is made for one principal. */
  readonly isSignedIn: boolean
  /** In place of all that the upstream says about CORS; undefined where that stays. */
  readonly corsFields?: readonly string[] | undefined
  /** Names and values in turn, besides what the upstream says. */
  readonly answerFields?: readonly string[] | undefined
  /** `no-store`, whatever the upstream says. */
  readonly isUnstorable?: boolean | undefined
  /** In place of what the upstream said under these names, which is gone; names and values in turn. */
  readonly added?: readonly string[] | undefined
  /** Beside what the upstream says about its own; undefined where the route has no quotas. */
  readonly quotaFields?: readonly string[] | undefined
}

export interface ResponseFields {
  /** Names and values in turn. */
  readonly fields: string[]
  /** -1 where the upstream gave none. */
  readonly contentLength: number
  /** What the upstream announced in Trailer; not among the fields. */
  readonly trailer: string | undefined
}

/** Undefined where the content has a transfer coding that cannot be undone (RFC 9112 §6.1). */
export function toClientFields(
  raw: readonly string[],
  status: number,
  policy: ResponseFieldPolicy,
): ResponseFields | undefined {
  const walk = new FieldWalk(raw, status, policy)
  for (let at = 0; at < raw.length; at += 2) walk.take(raw[at]!, raw[at + 1]!)
  return walk.finish()
}

class FieldWalk {
  readonly #fields: string[] = []
  readonly #policy: ResponseFieldPolicy
  readonly #nominated: ReadonlySet<string>
  readonly #status: number
  #contentLength = -1
  #cacheControl: string | undefined
  #trailer: string | undefined
  #isDecodable = true

  constructor(raw: readonly string[], status: number, policy: ResponseFieldPolicy) {
    this.#policy = policy
    this.#status = status
    this.#nominated = parseConnectionOptions(raw)
  }

  take(name: string, value: string): void {
    const lowerName = name.toLowerCase()
    if (isHopByHop(lowerName)) this.#takeHopByHop(lowerName, value)
    else if (!this.#nominated.has(lowerName) && this.#isKept(lowerName, value)) {
      this.#fields.push(name, value)
    }
  }

  #takeHopByHop(lowerName: string, value: string): void {
    if (lowerName === 'trailer') this.#trailer = append(this.#trailer, value)
    if (lowerName === 'transfer-encoding') this.#isDecodable &&= value.toLowerCase() === 'chunked'
  }

  #isKept(lowerName: string, value: string): boolean {
    switch (lowerName) {
      case 'content-length':
        // RFC 9110 §8.6: none in a 1xx or 204.
        if (this.#status < 200 || this.#status === 204) return false
        this.#contentLength = Number(value)
        return true
      case 'set-cookie':
        return !isOwnCookie(cookieName(value))
      case 'cache-control':
        this.#cacheControl = append(this.#cacheControl, value)
        return this.#policy.setCookies.length === 0 && this.#policy.isUnstorable !== true
      case 'ratelimit':
      case 'ratelimit-policy':
        return this.#policy.quotaFields === undefined || isListOfStrings(value)
      default:
        return this.#policy.corsFields === undefined || !lowerName.startsWith('access-control-')
    }
  }

  finish(): ResponseFields | undefined {
    if (!this.#isDecodable) return undefined
    if (this.#policy.added !== undefined) this.#add(this.#policy.added)
    this.#fields.push('Via', this.#policy.via)
    this.#addCacheControl()
    for (const cookie of this.#policy.setCookies) this.#fields.push('Set-Cookie', cookie)
    if (this.#policy.answerFields !== undefined) this.#fields.push(...this.#policy.answerFields)
    if (this.#policy.corsFields !== undefined) this.#fields.push(...this.#policy.corsFields)
    if (this.#policy.quotaFields !== undefined) this.#fields.push(...this.#policy.quotaFields)
    return { fields: this.#fields, contentLength: this.#contentLength, trailer: this.#trailer }
  }

  #add(added: readonly string[]): void {
    for (let at = 0; at < added.length; at += 2) {
      const value = added[at + 1]!
      if (this.#isKept(added[at]!.toLowerCase(), value)) this.#fields.push(added[at]!, value)
    }
  }

  #addCacheControl(): void {
    const { setCookies, isSignedIn, isUnstorable } = this.#policy
    if (isUnstorable === true) this.#fields.push('Cache-Control', 'no-store')
    else if (setCookies.length > 0)
      this.#fields.push('Cache-Control', toPrivate(this.#cacheControl))
    else if (isSignedIn && this.#cacheControl === undefined) {
      this.#fields.push('Cache-Control', 'private')
    }
  }
}

function append(list: string | undefined, value: string): string {
  return list === undefined ? value : `${list}, ${value}`
}

/** Because older drafts wrote `limit=100, …`, which would make one list with ours that nobody can read. */
function isListOfStrings(value: string): boolean {
  return value.charCodeAt(0) === 34
}

/** Threat: a shared cache that keeps an answer with our Set-Cookie hands one person's session to the next. */
function toPrivate(cacheControl: string | undefined): string {
  if (cacheControl === undefined) return 'private'
  const directives = new Set(cacheControl.split(',').map((one) => one.trim().toLowerCase()))
  if (directives.has('private') || directives.has('no-store')) return cacheControl
  return directives.has('no-cache') ? 'private, no-cache' : 'private'
}

/** Threat: `=postern=…` sets a cookie without a name, which browsers send back as `postern=…`. */
function cookieName(setCookie: string): string {
  let start = 0
  while (isSpaceOrEquals(setCookie.charCodeAt(start))) start += 1
  let end = start
  while (end < setCookie.length && setCookie[end] !== '=' && setCookie[end] !== ';') end += 1
  return setCookie.slice(start, end).trimEnd()
}

function isSpaceOrEquals(code: number): boolean {
  return code === 32 || code === 9 || code === 61
}
