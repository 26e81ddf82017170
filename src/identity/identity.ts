// What the upstream is told. Takes an authorized request and gives back all fields that go to the upstream:
// the client's, cleaned, and behind them ours. Runs for public routes, too: there nothing is said of anyone,
// but everything is removed. Hot: measured by `npm run bench`.

import type { Config, UpstreamServer } from '../config/config.ts'
import type { Route } from '../config/routes/route.ts'
import { withCookies } from '../errors/gatewayError.ts'
import type { AuthorizedRequest, Principal, ReceivedRequest } from '../request.ts'
import { systemClock, type Clock } from '../time.ts'
import {
  assertionName,
  createAssertions,
  type Assertion,
  type AssertionSigner,
} from './assertion.ts'
import { createClientFields } from './clientFields.ts'
import { createForwardingFields } from './forwardingFields.ts'
import { toGroupsClaims, type GroupsProvider } from './groupsClaims.ts'
import { createPrincipalFields, type PrincipalFields } from './principalFields.ts'
import { replaceContent } from './replacedContent.ts'
import { createNameJudge } from './reservedNames.ts'

export interface IdentityOptions {
  readonly routes: readonly Route[]
  readonly config: Pick<Config, 'publicUrl' | 'identity'> & {
    readonly upstreams: Readonly<Record<string, UpstreamServer>>
    readonly providers: readonly GroupsProvider[]
    readonly listen: Pick<Config['listen'], 'forwardedCertificate'>
  }
  /** This process's name in Via, the same that the listener knows. */
  readonly pseudonym: string
  /** Default: the system's. */
  readonly clock?: Clock
  /** What signs assertions now; needed where a route sends one. */
  readonly findSigner?: (() => AssertionSigner) | undefined
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
  /** Undefined on public routes, and where none is wanted. */
  readonly assertion: Assertion | undefined
}

export function createIdentity(options: IdentityOptions): Identity {
  const { routes, config, pseudonym } = options
  const judge = createNameJudge({
    configs: [config.identity, ...routes.map(({ identity }) => identity)],
    tokenFields: routes.flatMap(({ bearerMethods }) => bearerMethods?.header ?? []),
    proxyFields: [config.listen.forwardedCertificate?.field ?? []].flat(),
  })
  const writeClientFields = createClientFields(judge)
  const forwardingFields = createForwardingFields()
  const createPlan = createPlans(options)
  const plans = new Map(routes.map((route) => [route.index, createPlan(route)]))
  return {
    identify({ routed, principal, setCookies }) {
      const { received, route } = routed
      const plan = plans.get(route.index)!
      const fields = ['Host', plan.host ?? received.client.authority]
      writeClientFields(fields, received, route)
      if (received.replacedContent !== undefined) replaceContent(fields, received.replacedContent)
      fields.push(...forwardingFields(received.client), 'Via', toVia(received, pseudonym))
      if (principal === undefined) return fields
      try {
        writeIdentity(fields, plan, principal)
      } catch (error) {
        throw withCookies(error, setCookies)
      }
      return fields
    },
  }
}

function writeIdentity(fields: string[], plan: RoutePlan, principal: Principal): void {
  if (plan.principalFields !== undefined) fields.push(...plan.principalFields(principal))
  if (plan.assertion !== undefined) fields.push(assertionName, plan.assertion(principal))
}

function createPlans(options: IdentityOptions): (route: Route) => RoutePlan {
  const { config, clock = systemClock, findSigner } = options
  const groupsClaims = toGroupsClaims(config.providers)
  const principalFieldsFor = createPrincipalFields(groupsClaims)
  const assertionFor =
    findSigner && createAssertions({ issuer: config.publicUrl, groupsClaims, clock, findSigner })
  return ({ name, access, identity, upstream: upstreamName }) => {
    const upstream = config.upstreams[upstreamName]
    if (upstream === undefined) throw new Error(`route ${name} names no upstream`)
    const host = upstream.preserveHost ? undefined : new URL(upstream.url).host
    if (access === 'public') return { host, principalFields: undefined, assertion: undefined }
    const audience = upstream.assertionAudience ?? upstreamName
    if (identity.assertion !== undefined && assertionFor === undefined) {
      throw new Error(`route ${name} wants an assertion that nothing signs`)
    }
    return {
      host,
      principalFields: principalFieldsFor(identity),
      assertion: identity.assertion && assertionFor?.(identity.assertion, audience),
    }
  }
}

/** RFC 9110 §7.6.3: the version that the request came in, and who passed it on. */
function toVia({ incoming }: ReceivedRequest, pseudonym: string): string {
  return `${incoming.httpVersion} ${pseudonym}`
}
