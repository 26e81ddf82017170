// The APIs that this gateway protects (RFC 9728), by the URL that callers know them by: where the metadata of each
// are, and which routes belong to it.

import type { RouteConfig } from '../schema/route.ts'

export interface ProtectedResource {
  /** The identifier, as configured. */
  readonly resource: string
  /** Lower case, with the port where the URL has one. */
  readonly authority: string
  /** RFC 9728 §3.1: where the metadata are, at that authority. */
  readonly metadataPath: string
  readonly metadataUrl: string
}

const wellKnown = '/.well-known/oauth-protected-resource'

export function toProtectedResource(resource: string): ProtectedResource {
  const { origin, host, pathname } = new URL(resource)
  const metadataPath = wellKnown + toPrefix(pathname)
  return { resource, authority: host, metadataPath, metadataUrl: origin + metadataPath }
}

/** The one with the longest path that the route lies under. */
export function findResourceOf(
  route: Pick<RouteConfig, 'match'>,
  resources: readonly string[],
): string | undefined {
  return resources
    .filter((resource) => covers(new URL(resource), route))
    .toSorted((one, other) => other.length - one.length)
    .at(0)
}

function covers({ host, pathname }: URL, { match }: Pick<RouteConfig, 'match'>): boolean {
  const prefix = toPrefix(pathname)
  const isUnder = match.path === prefix || match.path.startsWith(`${prefix}/`)
  return isUnder && (match.host === undefined || match.host === host)
}

function toPrefix(pathname: string): string {
  return pathname === '/' ? '' : pathname
}
