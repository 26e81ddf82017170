// The ready-made sets of identity headers: which claim each carries, and what stands between list entries.
// docs/identity-headers.md is written from here.

import type { HeaderRule } from '../config/schema/identityHeader.ts'
import type { IdentityConfig } from '../config/schema/identity.ts'

export interface IdentityHeader extends HeaderRule {
  readonly name: string
  /** Carries what `require.groups` reads: the claim that the provider's `claims.groups` names, not `claim`. */
  readonly carriesGroups?: true
  /** Said only where the caller is a client itself. */
  readonly isForClients?: true
}

// Because only `sub` is unique and never reassigned (OpenID Connect Core 1.0 §5.7), it is who the caller is; a
// route that wants the login name says `headers: { Remote-User: preferred_username }`.
export const presets: Readonly<Record<IdentityConfig['preset'], readonly IdentityHeader[]>> = {
  forwarded: [
    { name: 'X-Forwarded-User', claim: 'sub' },
    { name: 'X-Forwarded-Email', claim: 'email' },
    { name: 'X-Forwarded-Groups', claim: 'groups', separator: ',', carriesGroups: true },
    { name: 'X-Forwarded-Preferred-Username', claim: 'preferred_username' },
    { name: 'X-Forwarded-Client-Id', claim: 'client_id', isForClients: true },
    { name: 'X-Forwarded-Issuer', claim: 'iss', isForClients: true },
    { name: 'X-Forwarded-Scope', claim: 'scope', isForClients: true },
  ],
  'remote-user': [
    { name: 'Remote-User', claim: 'sub' },
    { name: 'Remote-Email', claim: 'email' },
    { name: 'Remote-Name', claim: 'name' },
    { name: 'Remote-Groups', claim: 'groups', separator: ',', carriesGroups: true },
  ],
  siteminder: [
    { name: 'SM_USER', claim: 'sub' },
    { name: 'SM_USERDN', claim: 'dn' },
    { name: 'SM_UNIVERSALID', claim: 'sub' },
    { name: 'SM_USERGROUPS', claim: 'groups', separator: '^', carriesGroups: true },
  ],
  webseal: [
    { name: 'iv-user', claim: 'sub' },
    { name: 'iv-user-l', claim: 'dn' },
    { name: 'iv-groups', claim: 'groups', separator: ',', quoted: true, carriesGroups: true },
  ],
  'x-auth-request': [
    { name: 'X-Auth-Request-User', claim: 'sub' },
    { name: 'X-Auth-Request-Email', claim: 'email' },
    { name: 'X-Auth-Request-Groups', claim: 'groups', separator: ',', carriesGroups: true },
    { name: 'X-Auth-Request-Preferred-Username', claim: 'preferred_username' },
  ],
  none: [],
}
