// Clocks and the units of time. Everything that judges a moment takes a Clock, so that tests can turn it.

/** Whole or fractional seconds since 1970-01-01T00:00:00Z, the NumericDate of RFC 7519 §2. */
export type EpochSeconds = number

/** A span in milliseconds. In the configuration it is written `30s`, `12h`. */
export type Milliseconds = number

export interface Clock {
  /** Wall-clock time. */
  now(): EpochSeconds
}

export const systemClock: Clock = { now: () => Date.now() / 1000 }
