/** Something wrong with a route, at the setting that says it. */
export interface RouteProblem {
  /** Of the route in `routes`. */
  readonly index: number
  /** The setting within that route. */
  readonly path: readonly (string | number)[]
  readonly message: string
}
