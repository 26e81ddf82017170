import { describeFound } from '../problems/describe.ts'
import { didYouMean, findNearest } from '../problems/nearest.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'

/** Where `name` is none of those that are configured. `kind` with its article. */
export function findUnknown(
  kind: string,
  name: string,
  known: readonly string[],
  path: SettingPath,
): Finding[] {
  if (known.includes(name)) return []
  const nearest = findNearest(name, known)
  const listed = known.length === 0 ? 'none is configured' : known.join(', ')
  const message = `expected the name of ${kind} (${listed}), found ${describeFound(name)}`
  return [{ path, message: `${message}${didYouMean(nearest)}` }]
}
