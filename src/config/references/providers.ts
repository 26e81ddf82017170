import { describeFound } from '../problems/describe.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { attempt, findWhereReadable } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'
import { findUseProblems } from './bearer.ts'
import { findTokenParameterProblems } from './clientCredentials.ts'
import { findTakenParameters } from './parameters.ts'
import { findPasswordProblems } from './password.ts'
import { findRepeats } from './repeats.ts'

export function findProviderProblems(config: UnresolvedConfig): Finding[] {
  const { providers } = config
  const ids = providers.map((provider) => attempt(() => provider.id))
  const repeated = findRepeats(ids).map(({ index, first }) => ({
    path: ['providers', index, 'id'],
    message: `expected a name of its own, found the one of providers[${first}].`,
  }))
  const own = providers.flatMap((provider, index) => {
    const path = ['providers', index]
    return findWhereReadable(
      () => findIssuerProblems(provider, path, config.insecure.allowHttpIssuer),
      () => findScopeProblems(provider, path),
      () => findSecretProblems(provider, path),
      () => findAlgorithmProblems(provider, path),
      () => {
        const setting = 'authorizationParameters'
        return findTakenParameters(provider[setting], ownParameters, [...path, setting])
      },
      () => findPasswordProblems(provider, [...path, 'password']),
      () => findTokenParameterProblems(provider, path),
      () => findUseProblems(provider, path),
    )
  })
  return [...repeated, ...own]
}

function findIssuerProblems(
  { issuer }: ProviderConfig,
  path: SettingPath,
  allowHttpIssuer: boolean,
): Finding[] {
  if (allowHttpIssuer || URL.parse(issuer)?.protocol !== 'http:') return []
  const message = `expected an https URL, found ${describeFound(issuer)}. For development alone, insecure.allowHttpIssuer: true lets it pass.`
  return [{ path: [...path, 'issuer'], message }]
}

function findScopeProblems({ scopes }: ProviderConfig, path: SettingPath): Finding[] {
  if (scopes.includes('openid')) return []
  const message = 'expected openid among the scopes; without it there is no ID Token.'
  return [{ path: [...path, 'scopes'], message }]
}

/** Parameters that Postern sets for each login, or that would change how the issuer answers. */
const ownParameters: ReadonlySet<string> = new Set([
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
])

function findSecretProblems(provider: ProviderConfig, path: SettingPath): Finding[] {
  const { clientSecret, clientAuthentication } = provider
  const at = [...path, 'clientAuthentication']
  if (clientSecret !== undefined) {
    if (clientAuthentication !== 'none') return []
    const message = 'a client that has a clientSecret must use it. Remove one of the two.'
    return [{ path: at, message }]
  }
  if (clientAuthentication === undefined || clientAuthentication === 'none') return []
  return [{ path: at, message: `${clientAuthentication} needs a clientSecret.` }]
}

function findAlgorithmProblems(provider: ProviderConfig, path: SettingPath): Finding[] {
  const { clientSecret, idTokenAlgorithms } = provider
  if (clientSecret !== undefined || idTokenAlgorithms?.includes('HS256') !== true) return []
  const message = 'HS256 needs a clientSecret: it is the key of the signature.'
  return [{ path: [...path, 'idTokenAlgorithms'], message }]
}
