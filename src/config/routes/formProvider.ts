import type { ProviderConfig } from '../schema/provider.ts'
import type { RouteConfig } from '../schema/route.ts'
import type { SignInFormConfig } from '../schema/signInForm.ts'
import { isForPassword } from './providerUses.ts'

type Candidate = Pick<ProviderConfig, 'id' | 'clientId' | 'signIn' | 'password'>

/** The ids of all providers that a sign-in form of the route could be for. */
export function listFormProviders(
  { provider }: Pick<SignInFormConfig, 'provider'>,
  { providers: counting }: Pick<RouteConfig, 'providers'>,
  providers: readonly Candidate[],
): string[] {
  return providers
    .filter(isForPassword)
    .map(({ id }) => id)
    .filter((id) => counting?.includes(id) ?? true)
    .filter((id) => provider === undefined || provider === id)
}

/** The one that it is for; the check of the configuration has made sure that there is exactly one. */
export function findFormProvider(
  settings: Pick<SignInFormConfig, 'provider'>,
  route: Pick<RouteConfig, 'providers'>,
  providers: readonly Candidate[],
): string {
  const [only, ...others] = listFormProviders(settings, route, providers)
  if (only === undefined || others.length > 0) throw new Error('not one provider for a form')
  return only
}

/** The claims that the forms of any route are replayed with. */
export function listFormClaims({
  routes,
}: {
  readonly routes: readonly Pick<RouteConfig, 'signInForm'>[]
}): string[] {
  return routes.flatMap(({ signInForm }) => signInForm?.success.replay?.user ?? [])
}
