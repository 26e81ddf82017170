// What the upstream is told. Takes an authorized request and gives back all fields that go to the upstream:
// the client's, cleaned, and behind them ours. Runs for public routes, too: there nothing is said of anyone,
// but everything is removed. Hot: measured by `npm run bench`.

import type { Config } from '../config/config.ts'
import type { Route } from '../config/route.ts'
import type { AuthorizedRequest, ReceivedRequest } from '../request.ts'
import { createClientFields } from './clientFields.ts'
import { createForwardingFields } from './forwardingFields.ts'
import { toGroupsClaims, type GroupsProvider } from './groupsClaims.ts'
import { createPrincipalFields, type PrincipalFields } from './principalFields.ts'
import { createNameJudge } from './reservedNames.ts'

export interface IdentityOptions {
  readonly routes: readonly Route[]
  readonly config: Pick<Config, 'upstreams' | 'identity'> & {
    readonly providers: readonly GroupsProvider[]
  }
  /** This process's name in Via, the same that the listener knows. */
  readonly pseudonym: string
}

export interface Identity {
  /**
   * Names and values in turn, Host first, identity last. Nothing about framing but the client's own
   * Content-Length, and no Connection or Upgrade: these are for whoever speaks to the upstream.
   *
   * @throws GatewayError `identity_too_large`
   */
  readonly identify: (authorized: AuthorizedRequest) => string[]
}

/** What is known of a route before any request. */
interface RoutePlan {
  /** The upstream's own, where it does not want the client's. */
  readonly host: string | undefined
  /** Undefined on public routes. */
  readonly principalFields: PrincipalFields | undefined
}

export function createIdentity({ routes, config, pseudonym }: IdentityOptions): Identity {
  const judge = createNameJudge(
    [config.identity, ...routes.map(({ identity }) => identity)],
    routes.map(({ bearerMethods }) => bearerMethods?.header).filter((name) => name !== undefined),
  )
  const writeClientFields = createClientFields(judge)
  const forwardingFields = createForwardingFields()
  const principalFieldsFor = createPrincipalFields(toGroupsClaims(config.providers))
  const plans = new Map(
    routes.map((route) => [
      route.index,
      createPlan(route, config, principalFieldsFor(route.identity)),
    ]),
  )
  return {
    identify({ routed, principal }) {
      const { received, route } = routed
      const plan = plans.get(route.index)!
      const fields = ['Host', plan.host ?? received.client.authority]
      writeClientFields(fields, received, route)
      fields.push(...forwardingFields(received.client), 'Via', toVia(received, pseudonym))
      if (principal !== undefined && plan.principalFields !== undefined) {
        fields.push(...plan.principalFields(principal))
      }
      return fields
    },
  }
}

function createPlan(
  route: Route,
  { upstreams }: IdentityOptions['config'],
  principalFields: PrincipalFields,
): RoutePlan {
  const upstream = upstreams[route.upstream]
  if (upstream === undefined) throw new Error(`route ${route.name} names no upstream`)
  return {
    host: upstream.preserveHost ? undefined : new URL(upstream.url).host,
    principalFields: route.access === 'public' ? undefined : principalFields,
  }
}

/** RFC 9110 §7.6.3: the version that the request came in, and who passed it on. */
function toVia({ incoming }: ReceivedRequest, pseudonym: string): string {
  return `${incoming.httpVersion} ${pseudonym}`
}
