import type { Quota } from './quota.ts'

/**
 * How much each quota's bucket held when the request came, in their order. Where all held enough, one request
 * has been taken out of each; else nothing out of any.
 */
export type Levels = readonly number[]

export interface Counter {
  /** `keys` says whom each of the quotas counts. A promise only where another process counts. */
  take(quotas: readonly Quota[], keys: readonly string[]): Levels | Promise<Levels>
  close(): Promise<void>
}
