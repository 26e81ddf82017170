import type { IdentityConfig } from '../schema/identity.ts'
import type { RouteConfig } from '../schema/route.ts'

/** A route as the rooms see it: what the file says, with a place in the table and a name. */
export interface Route extends Omit<RouteConfig, 'name' | 'identity'> {
  /** Its place in `routes`; rooms keep what they compiled for it under this number. */
  readonly index: number
  /** Unique; the label in logs and metrics. */
  readonly name: string
  readonly identity: IdentityConfig
  /** The parameter that tells `signInPage` where a person was going; undefined where it knows none. */
  readonly returnParameter?: string | undefined
}

/** Whether a client of its own account can get in. */
export function isForClients({ authenticate }: Pick<RouteConfig, 'authenticate'>): boolean {
  return authenticate.includes('bearer') || authenticate.includes('client-credentials')
}

/** Whether a session counts on it, so that signing in helps. */
export function isForPeople({ authenticate }: Pick<RouteConfig, 'authenticate'>): boolean {
  return authenticate.includes('session') || authenticate.includes('password')
}
