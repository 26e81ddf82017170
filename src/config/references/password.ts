// What the password grant needs, and the warning that whoever turns it on is to read.

import type { Finding, SettingPath } from '../problem.ts'
import { isForPassword } from '../providerUses.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'

/** Parameters that Postern sets for each token request. */
const ownParameters: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'grant_type',
  'password',
  'scope',
  'username',
])

export function findPasswordProblems(provider: ProviderConfig, path: SettingPath): Finding[] {
  if (provider.password === undefined) return []
  const problems: Finding[] = Object.keys(provider.password.parameters)
    .filter((name) => ownParameters.has(name))
    .map((name) => ({
      path: [...path, 'parameters', name],
      message: 'not free to be set here: the sign-in depends on it.',
      pointsAt: 'key',
    }))
  if (provider.signIn === false) {
    problems.push({ path, message: 'people sign in with it. Remove signIn: false, or this.' })
  }
  return problems
}

export function findPasswordWarnings({ providers, routes }: UnresolvedConfig): Finding[] {
  const isUsed = routes.some(
    ({ authenticate, signInForm }) => authenticate.includes('password') || signInForm !== undefined,
  )
  return providers.flatMap((provider, index) => {
    if (!isForPassword(provider)) return []
    const path = ['providers', index, 'password']
    const message =
      'the password grant: this gateway sees the passwords of people, and no second factor protects them. RFC 9700 §2.4 says that it MUST NOT be used. For applications that cannot do otherwise.'
    const unused = {
      path,
      message: 'no route has it under authenticate, and none has a signInForm.',
    }
    const warning: Finding = { path, message, pointsAt: 'key' }
    return isUsed ? [warning] : [warning, { ...unused, pointsAt: 'key' }]
  })
}
