// What is said about an application's answers has to leave them whole, and to agree with itself.

import { isHopByHop } from '../../http/fields.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ResponsesConfig } from '../schema/responses.ts'
import { findRepeats } from './repeats.ts'

/** Where an answer ends, how its content is coded, and who passed it on. */
const untouchable: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-range',
  'via',
])

/** What there is a setting of its own for, or what the gateway writes itself. */
const notToBeSet: ReadonlySet<string> = new Set(['set-cookie', 'location', 'content-location'])

export function findResponseProblems(config: UnresolvedConfig): Finding[] {
  const upstreams = Object.keys(config.upstreams).flatMap((name) =>
    findIn(() => config.upstreams[name]?.responses, ['upstreams', name, 'responses']),
  )
  const routes = config.routes.flatMap((_, index) =>
    findIn(() => config.routes[index]?.responses, ['routes', index, 'responses']),
  )
  return [...upstreams, ...routes]
}

function findIn(read: () => ResponsesConfig | undefined, path: SettingPath): Finding[] {
  const responses = attempt(read)
  if (responses === undefined) return []
  return attempt(() => [...findNameProblems(responses, path), ...findRest(responses, path)]) ?? []
}

function findNameProblems({ headers }: ResponsesConfig, path: SettingPath): Finding[] {
  const set = Object.keys(headers.set)
  const lowerSet = set.map((name) => name.toLowerCase())
  const at = (name: string) => ({
    path: [...path, 'headers', 'set', name],
    pointsAt: 'key' as const,
  })
  const unfit = set
    .filter((name) => isUntouchable(name) || !isFreeToBeSet(name))
    .map((name) => ({ ...at(name), message: 'this field is not free to be set.' }))
  const twice = findRepeats(lowerSet).map(({ index, first }) => ({
    ...at(set[index]!),
    message: `the same field as ${set[first]}. Keep one of them.`,
  }))
  const removed = headers.remove.flatMap((name, index) => {
    const message = isUntouchable(name)
      ? 'this field is not free to be removed.'
      : lowerSet.includes(name.toLowerCase())
        ? 'set takes the place of it already. Keep one of them.'
        : undefined
    return message === undefined ? [] : [{ path: [...path, 'headers', 'remove', index], message }]
  })
  return [...unfit, ...twice, ...removed]
}

function isUntouchable(name: string): boolean {
  const lower = name.toLowerCase()
  return isHopByHop(lower) || untouchable.has(lower)
}

// Because a route's `cors` answers for all of these.
function isFreeToBeSet(name: string): boolean {
  const lower = name.toLowerCase()
  return !notToBeSet.has(lower) && !lower.startsWith('access-control-')
}

function findRest({ locations, cookies }: ResponsesConfig, path: SettingPath): Finding[] {
  const lists = [
    [['locations'], locations],
    [['cookies', 'domains'], cookies.domains],
    [['cookies', 'paths'], cookies.paths],
  ] as const
  const repeats = lists.flatMap(([steps, list]) =>
    findRepeats(list.map(({ from }) => from)).map(({ index, first }) => ({
      path: [...path, ...steps, index, 'from'],
      message: `never comes to count: ${steps.join('.')}[${first}] has the same.`,
    })),
  )
  if (cookies.sameSite !== 'none' || cookies.secure === true) return repeats
  const message = 'browsers take none for Secure cookies alone. Add secure: true.'
  return [...repeats, { path: [...path, 'cookies', 'sameSite'], message }]
}
