// Credentials that upstreams are given: by which client they are obtained, and for whom, on every route that leads
// there.

import { foldFieldName } from '../../http/fields.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { isForSignIn } from '../routes/providerUses.ts'
import { findWhereReadable, readEach } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'
import type { RouteConfig } from '../schema/route.ts'
import type { UpstreamCredentialsConfig } from '../schema/upstreamCredentials.ts'
import { isLoopbackUrl } from './loopback.ts'
import { findUnknown } from './unknown.ts'

type Type = UpstreamCredentialsConfig['type']

/** What is made of the caller: where nobody is asked, there is nothing to make it of. */
const madeOfCaller: ReadonlySet<Type> = new Set(['access-token', 'token-exchange', 'basic'])

export function findCredentialsProblems(config: UnresolvedConfig): Finding[] {
  return Object.keys(config.upstreams).flatMap((name) =>
    findWhereReadable(() => findClientProblems(config, name)),
  )
}

function findClientProblems({ upstreams, providers }: UnresolvedConfig, name: string): Finding[] {
  const credentials = upstreams[name]!.credentials
  if (!('provider' in credentials)) return []
  const path = ['upstreams', name, 'credentials']
  const ids = providers.map(({ id }) => id)
  const unknown = findUnknown('a provider', credentials.provider, ids, [...path, 'provider'])
  if (unknown.length > 0) return unknown
  const { clientId, clientSecret } = credentials
  if (clientId !== undefined && clientSecret !== undefined) return []
  if (clientId !== undefined || clientSecret !== undefined) {
    const missing = clientId === undefined ? 'clientId' : 'clientSecret'
    return [{ path, message: `expected clientId and clientSecret, or neither; add ${missing}.` }]
  }
  const provider = providers.find(({ id }) => id === credentials.provider)
  // RFC 6749 §4.4: a client without a secret cannot say who it is.
  if (provider?.clientId !== undefined && provider.clientSecret !== undefined) return []
  const message = `${credentials.provider} has no clientId and clientSecret; set both here.`
  return [{ path, message }]
}

/** Where a route contradicts what its upstream is given. */
export function findGivenProblems(
  route: RouteConfig,
  path: SettingPath,
  { upstreams, identity }: UnresolvedConfig,
): Finding[] {
  const type = upstreams[route.upstream]?.credentials.type ?? 'none'
  if (type === 'none') return []
  const given = `upstreams.${route.upstream}.credentials (${type})`
  const problems: Finding[] = []
  if (route.forwardAuthorization) {
    const message = `${given} stands in the same field. Remove one of the two.`
    problems.push({ path: [...path, 'forwardAuthorization'], message })
  }
  if (route.access === 'public' && madeOfCaller.has(type)) {
    const message = `${given} is made of the caller, and here nobody is asked who it is.`
    problems.push({ path: [...path, 'access'], message })
  }
  const { headers } = route.identity ?? identity
  if (Object.keys(headers).some((header) => foldFieldName(header) === 'authorization')) {
    const message = `${given} stands in Authorization, where identity writes a claim.`
    problems.push({ path: [...path, 'upstream'], message })
  }
  return problems
}

/** Threat: a token that is shown to an issuer that it is not from. */
export function findExchangeProblems(
  route: RouteConfig,
  path: SettingPath,
  { upstreams, providers }: UnresolvedConfig,
): Finding[] {
  const credentials = upstreams[route.upstream]?.credentials
  if (credentials?.type !== 'token-exchange' || route.access === 'public') return []
  const issuer = providers.find(({ id }) => id === credentials.provider)?.issuer
  const foreign = providers.filter(
    (provider) =>
      (route.providers?.includes(provider.id) ?? true) &&
      isForCallers(provider) &&
      provider.issuer !== issuer,
  )
  if (issuer === undefined || foreign.length === 0) return []
  const ids = foreign.map(({ id }) => id).join(', ')
  const message = `tokens of ${ids} are not shown to ${credentials.provider}, which upstreams.${route.upstream}.credentials exchanges them at; name in providers those of one issuer.`
  return [{ path: [...path, route.providers === undefined ? 'upstream' : 'providers'], message }]
}

function isForCallers(provider: ProviderConfig): boolean {
  const { bearer, clientCredentials } = provider
  return isForSignIn(provider) || bearer !== undefined || clientCredentials !== undefined
}

export function findCredentialsWarnings({ routes, upstreams }: UnresolvedConfig): Finding[] {
  return readEach(routes).flatMap((route, index) => {
    if (route?.access !== 'public') return []
    if (upstreams[route.upstream]?.credentials.type !== 'client-credentials') return []
    const message = `whoever calls reaches ${route.upstream} with the token of this gateway.`
    return [{ path: ['routes', index, 'access'], message }]
  })
}

// Threat: on the way to another machine, whoever listens reads them, and can pass for the caller or the gateway.
export function findClearTextWarnings({ routes, upstreams }: UnresolvedConfig): Finding[] {
  return Object.entries(upstreams).flatMap(([name, { url, credentials }]) => {
    if (!url.startsWith('http:') || isLoopbackUrl(url)) return []
    const isGivenPassword = routes.some(
      ({ upstream, signInForm }) =>
        upstream === name && signInForm?.success.replay?.password !== undefined,
    )
    if (credentials.type === 'none' && !isGivenPassword) return []
    const what = credentials.type === 'none' ? 'the password of replayed forms' : credentials.type
    const message = `plain http to another machine: whoever is on the way reads what it is given (${what}), and can use it. Use https, or have the network encrypt it.`
    return [{ path: ['upstreams', name, 'url'], message }]
  })
}
