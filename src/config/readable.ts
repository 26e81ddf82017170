// A configuration of which some settings could not be read: each of those throws when it is asked for, so
// that no check can take it for something that the file says. Whoever checks, does so within `attempt`.

import type { Finding, SettingPath } from './problems/problem.ts'
import { writePath } from './problems/problem.ts'

export class UnreadableSetting extends Error {
  constructor(path: SettingPath) {
    super(`${writePath(path)} could not be read`)
    this.name = 'UnreadableSetting'
  }
}

/** What `read` gives; undefined where it comes upon a setting that could not be read. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (fault) {
    if (fault instanceof UnreadableSetting) return undefined
    throw fault
  }
}

/** The entries at their places in the file; undefined for those that could not be read. */
export function readEach<T>(list: readonly T[]): (T | undefined)[] {
  return Array.from(list.keys(), (index) => attempt(() => list[index]))
}

/** What these checks find. One that needs a setting that could not be read finds nothing. */
export function findWhereReadable(...checks: (() => readonly Finding[])[]): Finding[] {
  return checks.flatMap((check) => attempt(check) ?? [])
}
