// Signing in one step at a time, so that a test can come between.

import type { HttpAnswer, HttpClient } from '../support/httpClient.ts'
import type { TestIssuer } from '../support/issuer.ts'
import type { World } from '../support/world.ts'

export interface Begun {
  readonly authorizationUrl: string
  /** Where the issuer would send the browser now; nobody has been there yet. */
  readonly callback: string
}

export interface BeginOptions {
  readonly who?: string
  /** `login` with its query, or any signed-in path. Default: `/`. */
  readonly path?: string
  readonly issuer?: TestIssuer
}

/** A browser starts a login, and a person signs in at the issuer; the callback is not visited. */
export async function beginSignIn(
  world: World,
  browser: HttpClient,
  { who = 'alice', path = '/', issuer = world.issuer }: BeginOptions = {},
): Promise<Begun> {
  const started = await visit(browser, world.publicUrl + path)
  const authorizationUrl = started.headers.location
  if (started.status !== 302 || authorizationUrl === undefined) {
    throw new Error(`no login was started: ${started.status} ${started.text}`)
  }
  const callback = await issuer.signInOverHttp(authorizationUrl, { login: who, password: who })
  return { authorizationUrl, callback }
}

/** One step of a person's browser; no redirect is followed. */
export function visit(browser: HttpClient, url: string): Promise<HttpAnswer> {
  return browser.request(url, { fields: ['Accept', 'text/html'] })
}

/** The URL with parameters replaced; undefined removes one. */
export function withParameters(
  url: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const changed = new URL(url)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) changed.searchParams.delete(name)
    else changed.searchParams.set(name, value)
  }
  return changed.href
}

export const parameterOf = (url: string, name: string): string =>
  new URL(url).searchParams.get(name) ?? ''

/** Who the gateway takes this browser for; undefined where for nobody. */
export async function findSubject(world: World, browser: HttpClient): Promise<string | undefined> {
  const answer = await browser.request(`${world.publicUrl}/.postern/session`)
  if (answer.status !== 200) return undefined
  const value = answer.json()
  if (typeof value !== 'object' || value === null || !('subject' in value)) return undefined
  return String(value.subject)
}

/** The value of one line of /metrics. */
export async function readMetric(world: World, line: string): Promise<number> {
  const answer = await world.browser().request(`${world.adminUrl}/metrics`)
  const found = answer.text.split('\n').find((each) => each.startsWith(`${line} `))
  return found === undefined ? 0 : Number(found.slice(line.length))
}

export const openedSessions = (world: World): Promise<number> =>
  readMetric(world, 'postern_session_events_total{event="opened"}')
