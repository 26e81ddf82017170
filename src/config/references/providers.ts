import { describeFound } from '../describe.ts'
import type { Finding, SettingPath } from '../problem.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'
import { findUseProblems } from './bearer.ts'
import { findRepeats } from './repeats.ts'

export function findProviderProblems({ providers, insecure }: UnresolvedConfig): Finding[] {
  const repeated = findRepeats(providers.map(({ id }) => id)).map(({ index, first }) => ({
    path: ['providers', index, 'id'],
    message: `expected a name of its own, found the one of providers[${first}].`,
  }))
  const own = providers.flatMap((provider, index) => [
    ...findIssuerProblems(provider, ['providers', index], insecure.allowHttpIssuer),
    ...findClientProblems(provider, ['providers', index]),
    ...findParameterProblems(provider, ['providers', index, 'authorizationParameters']),
    ...findUseProblems(provider, ['providers', index]),
  ])
  return [...repeated, ...own]
}

function findIssuerProblems(
  { issuer, scopes }: ProviderConfig,
  path: SettingPath,
  allowHttpIssuer: boolean,
): Finding[] {
  const problems: Finding[] = []
  if (!allowHttpIssuer && URL.parse(issuer)?.protocol === 'http:') {
    const message = `expected an https URL, found ${describeFound(issuer)}. For development alone, insecure.allowHttpIssuer: true lets it pass.`
    problems.push({ path: [...path, 'issuer'], message })
  }
  if (!scopes.includes('openid')) {
    const message = 'expected openid among the scopes; without it there is no ID Token.'
    problems.push({ path: [...path, 'scopes'], message })
  }
  return problems
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

function findParameterProblems(
  { authorizationParameters }: ProviderConfig,
  path: SettingPath,
): Finding[] {
  return Object.keys(authorizationParameters)
    .filter((name) => ownParameters.has(name))
    .map((name) => ({
      path: [...path, name],
      message: 'not free to be set here: the sign-in depends on it.',
      pointsAt: 'key',
    }))
}

function findClientProblems(provider: ProviderConfig, path: SettingPath): Finding[] {
  const { clientSecret, clientAuthentication, idTokenAlgorithms } = provider
  const at = [...path, 'clientAuthentication']
  if (clientSecret !== undefined) {
    if (clientAuthentication !== 'none') return []
    const message = 'a client that has a clientSecret must use it. Remove one of the two.'
    return [{ path: at, message }]
  }
  const problems: Finding[] = []
  if (clientAuthentication !== undefined && clientAuthentication !== 'none') {
    problems.push({ path: at, message: `${clientAuthentication} needs a clientSecret.` })
  }
  if (idTokenAlgorithms?.includes('HS256') === true) {
    const message = 'HS256 needs a clientSecret: it is the key of the signature.'
    problems.push({ path: [...path, 'idTokenAlgorithms'], message })
  }
  return problems
}
