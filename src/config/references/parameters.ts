import type { Finding, SettingPath } from '../problems/problem.ts'

/** Further parameters of a request to the issuer whose names are among those that it has anyway. */
export function findTakenParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  taken: ReadonlySet<string>,
  path: SettingPath,
): Finding[] {
  return Object.keys(parameters ?? {})
    .filter((name) => taken.has(name))
    .map((name) => ({
      path: [...path, name],
      message: 'not free to be set here: it is set otherwise, or the request depends on it.',
      pointsAt: 'key',
    }))
}
