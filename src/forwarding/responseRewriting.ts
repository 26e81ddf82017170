// What the configuration changes about the answers of a route, compiled at start. Routes without it have none, and
// their answers never come by here.

import type { Config, UpstreamServer } from '../config/config.ts'
import type { ResponsesConfig } from '../config/schema/responses.ts'
import { createMapUrl, mapRefresh, type MapUrl } from './locations.ts'
import { createMapCookie } from './setCookie.ts'

export interface ResponseRewriting {
  /** The upstream's fields without those removed, and with the others as clients are to see them. */
  readonly rewrite: (raw: readonly string[]) => readonly string[]
  /** Names and values in turn, for final answers: in place of those that `rewrite` has removed. */
  readonly added: readonly string[]
}

export interface RewritingConfig extends Pick<Config, 'routes' | 'publicUrl'> {
  readonly upstreams: Readonly<Record<string, UpstreamServer>>
}

/** By the place of the route in `routes`. A route's own settings take the place of its upstream's as a whole. */
export function createRewritings({
  routes,
  upstreams,
  publicUrl,
}: RewritingConfig): readonly (ResponseRewriting | undefined)[] {
  return routes.map((route) => {
    const responses = route.responses ?? upstreams[route.upstream]?.responses
    return responses === undefined ? undefined : createRewriting(responses, publicUrl)
  })
}

export function createRewriting(
  { locations, cookies, headers }: ResponsesConfig,
  publicUrl: string,
): ResponseRewriting {
  const names = [...headers.remove, ...Object.keys(headers.set)]
  const removed = new Set(names.map((name) => name.toLowerCase()))
  const mapUrl = createMapUrl(
    locations.map(({ from, to }) => ({ from, to: to ?? publicUrl + pathOf(from) })),
  )
  const mapCookie = createMapCookie(cookies)
  const mappings = new Map<string, (value: string) => string>([
    ...(locations.length === 0 ? [] : listUrlFields(mapUrl)),
    ...(mapCookie === undefined ? [] : ([['set-cookie', mapCookie]] as const)),
  ])
  return {
    rewrite: (raw) => rewriteFields(raw, removed, mappings),
    added: Object.entries(headers.set).flat(),
  }
}

function pathOf(base: string): string {
  return base.slice(new URL(base).origin.length)
}

function listUrlFields(mapUrl: MapUrl): (readonly [string, MapUrl])[] {
  return [
    ['location', mapUrl],
    ['content-location', mapUrl],
    ['refresh', (value) => mapRefresh(value, mapUrl)],
  ]
}

function rewriteFields(
  raw: readonly string[],
  removed: ReadonlySet<string>,
  mappings: ReadonlyMap<string, (value: string) => string>,
): string[] {
  const fields: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const lowerName = raw[at]!.toLowerCase()
    if (removed.has(lowerName)) continue
    const value = raw[at + 1]!
    fields.push(raw[at]!, mappings.get(lowerName)?.(value) ?? value)
  }
  return fields
}
