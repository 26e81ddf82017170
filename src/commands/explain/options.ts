import type { Assumption } from './assumedPrincipal.ts'

/** What `postern explain` is asked. */
export interface ExplainOptions {
  readonly configFile: string
  readonly method: string
  readonly url: string
  /** Each as `Name: value`. */
  readonly headers: readonly string[]
  readonly assumption: Assumption
  readonly isJson: boolean
}
