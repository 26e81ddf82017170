// What tests of the whole gateway do again and again: ask as a person or as a script, wait for what is to
// come, and read what was logged.

import type { HttpAnswer, HttpClient } from '../support/httpClient.ts'
import type { World } from '../support/world.ts'

/** What a browser sends when somebody opens an address. */
export const asNavigation: readonly string[] = [
  ['Accept', 'text/html,application/xhtml+xml'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
].flat()

/** What a browser sends when a script fetches an address. */
export const asScript: readonly string[] = [
  ['Accept', 'application/json'],
  ['Sec-Fetch-Mode', 'cors'],
  ['Sec-Fetch-Dest', 'empty'],
].flat()

/** Resolves once the condition holds; rejects after `deadlineMs`. */
export async function until(
  condition: () => unknown,
  deadlineMs = 5000,
  intervalMs = 10,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while ((await condition()) !== true) {
    if (performance.now() > deadline) {
      throw new Error(`not within ${deadlineMs} ms: ${condition.toString()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}

/** The members of an answer that is a JSON object. */
export function jsonOf(answer: HttpAnswer): Record<string, unknown> {
  const value = answer.json()
  if (typeof value !== 'object' || value === null) throw new Error(`no object: ${answer.text}`)
  return { ...value }
}

/** The parts of a problem+json answer that tests look at. */
export function problemOf(answer: HttpAnswer): { code: unknown; loginUrl: unknown } {
  if (answer.headers['content-type'] !== 'application/problem+json') {
    throw new Error(`no problem+json: ${answer.status} ${answer.text}`)
  }
  const problem = jsonOf(answer)
  return { code: problem['code'], loginUrl: problem['login_url'] }
}

/** Name and value of every header field that the application got, names in lower case. */
export function fieldsSeenBy({
  rawHeaders,
}: {
  readonly rawHeaders: readonly string[]
}): Record<string, string | undefined> {
  const names = rawHeaders.filter((_, at) => at % 2 === 0)
  return Object.fromEntries(names.map((name, at) => [name.toLowerCase(), rawHeaders[at * 2 + 1]]))
}

/** The request lines of the log that were written from now on. */
export function followRequests(world: Pick<World, 'logLines'>): {
  lines(): Readonly<Record<string, unknown>>[]
  /** The next so many, once they have been written. */
  next(count?: number): Promise<Readonly<Record<string, unknown>>[]>
} {
  const isRequest = ({ msg }: Readonly<Record<string, unknown>>) => msg === 'request'
  let seen = world.logLines.filter(isRequest).length
  const lines = () => world.logLines.filter(isRequest).slice(seen)
  return {
    lines,
    async next(count = 1) {
      await until(() => lines().length >= count)
      const found = lines().slice(0, count)
      seen += count
      return found
    },
  }
}

/** The cookies of the gateway that the browser holds, logins in flight left out. */
export function sessionCookiesOf(client: HttpClient): string[] {
  return client.cookies
    .all()
    .map(({ name }) => name)
    .filter((name) => /postern(\.\d)?$/.test(name))
    .sort()
}

/** Asks for a page with the browser's cookies, and follows nothing. */
export function open(client: HttpClient, url: string): Promise<HttpAnswer> {
  return client.request(url, { fields: asNavigation })
}

/** Asks as a page's script does. */
export function fetchAs(client: HttpClient, url: string): Promise<HttpAnswer> {
  return client.request(url, { fields: asScript })
}
