// What callers may find out about an API before they have a token (RFC 9728): whose tokens it takes, with which
// scopes, and how they are to be sent. All of it follows from the routes under the URL of the API.

import type { Config, Provider } from '../config/config.ts'
import { findResourceOf, toProtectedResource } from '../config/routes/protectedResources.ts'
import type { RuleConfig } from '../config/schema/require.ts'
import type { RouteConfig } from '../config/schema/route.ts'
import { respondJson } from '../http/respond.ts'
import type { EndpointRequest } from '../request.ts'

type MetadataConfig = Pick<Config, 'protectedResources' | 'routes' | 'providers' | 'listen'>

export function createResourceMetadataEndpoint(
  config: MetadataConfig,
): (request: EndpointRequest) => Promise<void> {
  const documents = config.protectedResources.map((resource) => ({
    ...toProtectedResource(resource),
    document: describe(resource, config),
  }))
  return async ({ received, endpoint }) => {
    const found = documents.find(
      ({ metadataPath, authority }) =>
        metadataPath === endpoint && authority === received.client.authority,
    )
    // Because any page may ask what it needs to call: nobody's secret is in it.
    respondJson(received, 200, found?.document, ['Access-Control-Allow-Origin', '*'])
  }
}

/** RFC 9728 §2. */
function describe(resource: string, config: MetadataConfig): Record<string, unknown> {
  const routes = config.routes.filter(
    (route) => isForTokens(route) && findResourceOf(route, config.protectedResources) === resource,
  )
  const providers = config.providers.filter(
    ({ id, bearer }) =>
      bearer !== undefined && routes.some((route) => route.providers?.includes(id) ?? true),
  )
  const scopes = unique(routes.flatMap(({ require }) => scopesOf(require)))
  return {
    resource,
    authorization_servers: unique(providers.map(({ issuer }) => issuer)),
    ...(scopes.length > 0 ? { scopes_supported: scopes } : {}),
    bearer_methods_supported: routes.some(({ bearerMethods }) => bearerMethods?.query === true)
      ? ['header', 'query']
      : ['header'],
    ...describeCertificates(config.listen),
    ...describeProofs(providers),
  }
}

/** RFC 8705 §3.3 has the name for clients and servers, RFC 9728 §2 for APIs. */
function describeCertificates({ tls, forwardedCertificate }: Config['listen']): object {
  const areTaken = (tls?.clientCertificates ?? forwardedCertificate) !== undefined
  return areTaken ? { tls_client_certificate_bound_access_tokens: true } : {}
}

function describeProofs(providers: readonly Provider[]): Record<string, unknown> {
  const settings = providers.map(({ bearer }) => bearer?.dpop)
  const algorithms = unique(settings.flatMap((dpop) => dpop?.algorithms ?? []))
  if (algorithms.length === 0) return {}
  return {
    dpop_signing_alg_values_supported: algorithms,
    dpop_bound_access_tokens_required: settings.every((dpop) => dpop?.required === true),
  }
}

function isForTokens({ access, authenticate }: RouteConfig): boolean {
  return access !== 'public' && authenticate.includes('bearer')
}

/** What is asked for somewhere; what a rule forbids is nothing to ask the issuer for. */
function scopesOf(rule: RuleConfig | undefined): readonly string[] {
  if (rule === undefined) return []
  const { scopes = [], allOf = [], anyOf = [] } = rule
  const own = Array.isArray(scopes) ? scopes : [...(scopes.allOf ?? []), ...(scopes.anyOf ?? [])]
  return [...own, ...[...allOf, ...anyOf].flatMap(scopesOf)]
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
