// Which names only the gateway may send to an upstream. A client's field of such a name is removed in every
// spelling, on every route. Decides about names alone, once per spelling; `clientFields.ts` keeps the verdicts.

import type { IdentityConfig } from '../config/schema/identity.ts'
import { foldFieldName, isHopByHop } from '../http/fields.ts'
import { foreignFamilies, foreignNames } from './foreignNames.ts'
import { listIdentityHeaders } from './identityHeaders.ts'
import { presets } from './presets.ts'

// Because these take whole families along, `Remote-*` and `X-Envoy-*` fields of an application that
// happens to use such a name are lost on their way through the gateway, too.
const families = [...foreignFamilies, 'x-postern-']

// Threat: CGI turns `Proxy` into HTTP_PROXY, and the application's own calls go where the client likes.
const neverForwarded = new Set(['expect', 'proxy'])

/** What upstreams read as another method than the one that was judged. */
const methodOverrides = new Set(['x-http-method-override', 'x-http-method', 'x-method-override'])

/** Fields that decide where a message ends or who sent it: a second spelling of one is never passed on. */
const essential = new Set([
  'host',
  'content-length',
  'authorization',
  'cookie',
  'via',
  'max-forwards',
])

/** What becomes of a client's field. The last six depend on the request, the rest on the name alone. */
export type Verdict =
  | 'keep'
  | 'keepAlways'
  | 'drop'
  | 'authorization'
  | 'proof'
  | 'token'
  | 'cookie'
  | 'maxForwards'
  | 'methodOverride'

export interface NamesInUse {
  /** All identity configurations that any route has. */
  readonly configs: readonly IdentityConfig[]
  /** The names that any route takes access tokens from. */
  readonly tokenFields: readonly string[]
  /** The names under which a trusted proxy tells this gateway something, and no upstream. */
  readonly proxyFields: readonly string[]
}

export function createNameJudge(names: NamesInUse): (name: string) => Verdict {
  const ofTokens = new Set(names.tokenFields.map(toComparable))
  const headers = [...Object.values(presets).flat(), ...names.configs.flatMap(listIdentityHeaders)]
  const written = [...headers.map(({ name }) => name), ...names.proxyFields]
  const reserved = new Set([...foreignNames, ...written.map(toComparable)])
  return (name) => {
    const lower = name.toLowerCase()
    const reduced = toComparable(name)
    if (reserved.has(reduced) || families.some((family) => reduced.startsWith(family)))
      return 'drop'
    if (isHopByHop(lower) || isHopByHop(reduced) || neverForwarded.has(reduced)) return 'drop'
    if (methodOverrides.has(reduced)) return lower === reduced ? 'methodOverride' : 'drop'
    if (essential.has(reduced) && lower !== reduced) return 'drop'
    return ofTokens.has(reduced) ? 'token' : verdictOf(lower)
  }
}

/** The one spelling of all that an upstream may take for the same name. */
export function toComparable(name: string): string {
  return reduce(foldFieldName(name))
}

// Threat: what an upstream makes of `X--Forwarded-User` or `_X_Forwarded_User` is not worth finding out. And some look
// for a header by the name of its CGI variable, `HTTP_X_FORWARDED_USER`.
function reduce(folded: string): string {
  const plain = folded.replaceAll(/-{2,}/g, '-').replaceAll(/^-|-$/g, '')
  return plain.replace(/^(?:http-)+/, '')
}

function verdictOf(lowerName: string): Verdict {
  switch (lowerName) {
    case 'host':
      return 'drop'
    case 'authorization':
      return 'authorization'
    case 'dpop':
      return 'proof'
    case 'cookie':
      return 'cookie'
    case 'max-forwards':
      return 'maxForwards'
    case 'content-length':
    case 'via':
      return 'keepAlways'
    default:
      return 'keep'
  }
}
