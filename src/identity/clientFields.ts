// The client's fields as the upstream may see them: without what ends at this hop, without every name that
// only the gateway may use, without our own cookies. Hot: one walk per request, a verdict per name out of a
// table (`npm run bench`).

import type { Route } from '../config/routes/route.ts'
import { isOwnCookie } from '../http/cookies.ts'
import { parseConnectionOptions } from '../http/fields.ts'
import type { ReceivedRequest } from '../request.ts'
import { toComparable, type Verdict } from './reservedNames.ts'

/** Appends to `fields`, in the order in which the client sent them. */
export type WriteClientFields = (fields: string[], received: ReceivedRequest, route: Route) => void

// Because clients choose names: no long one is kept, and the table is thrown away where it grows beyond what
// clients honestly use.
const maxVerdicts = 2000
const maxKeptLength = 100

export function createClientFields(judge: (name: string) => Verdict): WriteClientFields {
  const verdicts = new Map<string, Verdict>()

  function findVerdict(name: string): Verdict {
    const known = verdicts.get(name)
    if (known !== undefined) return known
    if (verdicts.size >= maxVerdicts) verdicts.clear()
    const verdict = judge(name)
    if (name.length <= maxKeptLength) verdicts.set(name, verdict)
    return verdict
  }

  return (fields, received, route) => {
    const from = received.fields
    const nominated = parseConnectionOptions(from)
    for (let at = 0; at < from.length; at += 2) {
      const name = from[at]!
      const verdict = findVerdict(name)
      if (verdict === 'drop') continue
      // Threat: `Connection: Content-Length` would take the framing away; what is essential cannot be nominated.
      if (verdict === 'keepAlways') fields.push(name, from[at + 1]!)
      else if (nominated.size > 0 && nominated.has(name.toLowerCase())) continue
      else if (verdict === 'keep') fields.push(name, from[at + 1]!)
      else writeByRequest(fields, { name, value: from[at + 1]!, verdict }, received.method, route)
    }
  }
}

interface JudgedField {
  readonly name: string
  readonly value: string
  readonly verdict: Verdict
}

function writeByRequest(
  fields: string[],
  { name, value, verdict }: JudgedField,
  method: string,
  route: Route,
): void {
  if (verdict === 'cookie') {
    const others = withoutOwnCookies(value, tokenCookieOf(route))
    if (others !== '') fields.push(name, others)
  } else if (verdict === 'maxForwards') {
    // RFC 9110 §7.6.2: the listener has answered 0 itself, and refused what is no number.
    fields.push(name, method === 'OPTIONS' ? oneLess(value) : value)
  } else if (isPassedOn(name, verdict, route)) {
    fields.push(name, value)
  }
}

function isPassedOn(name: string, verdict: Verdict, route: Route): boolean {
  switch (verdict) {
    case 'token':
      return route.forwardAuthorization || !isTokenField(name, route)
    case 'proof':
      // Because it was judged here, and counts once.
      return route.forwardAuthorization && !takesTokens(route)
    case 'authorization':
      return route.forwardAuthorization
    default:
      return route.allowMethodOverride
  }
}

function takesTokens({ access, authenticate }: Route): boolean {
  return access !== 'public' && authenticate.includes('bearer')
}

function isTokenField(name: string, { bearerMethods }: Route): boolean {
  const header = bearerMethods?.header
  return header !== undefined && toComparable(header) === toComparable(name)
}

function tokenCookieOf({ bearerMethods, forwardAuthorization }: Route): string | undefined {
  return forwardAuthorization ? undefined : bearerMethods?.cookie
}

function oneLess(digits: string): string {
  return String(Math.min(Number(digits) - 1, Number.MAX_SAFE_INTEGER))
}

/** The Cookie field without the gateway's cookies and `another`; the rest byte for byte, in its order. */
function withoutOwnCookies(value: string, another: string | undefined): string {
  let others: string | undefined
  let start = 0
  while (start <= value.length) {
    const semicolon = value.indexOf(';', start)
    const end = semicolon === -1 ? value.length : semicolon
    if (!isOwnPair(value, start, end) && !isPairOf(another, value, start)) {
      const pair = value.slice(start, end)
      others = others === undefined ? pair : `${others};${pair}`
    }
    start = end + 1
  }
  return others === undefined || others.length === value.length
    ? (others ?? '')
    : others.trimStart()
}

function isOwnPair(value: string, start: number, end: number): boolean {
  let at = start
  while (at < end && value.charCodeAt(at) <= 0x20) at += 1
  // Because our names begin with `_` or `p`, most cookies need no closer look.
  const first = value.charCodeAt(at) | 0x20
  if (first !== 0x70 && first !== 0x7f) return false
  const equals = value.indexOf('=', at)
  return isOwnCookie(value.slice(at, equals === -1 || equals > end ? end : equals).trim())
}

function isPairOf(name: string | undefined, value: string, start: number): boolean {
  if (name === undefined) return false
  let at = start
  while (value.charCodeAt(at) <= 0x20) at += 1
  const end = at + name.length
  return value.startsWith(name, at) && (end === value.length || '=; \t'.includes(value[end]!))
}
