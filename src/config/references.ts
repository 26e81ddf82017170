// What the schema cannot see: settings that refer to, need, or contradict each other.

import type { Finding } from './problem.ts'
import { findListenerProblems, findListenerWarnings } from './references/listeners.ts'
import { findProviderProblems } from './references/providers.ts'
import { findRequireWarnings } from './references/require.ts'
import { findRouteReferenceProblems, findUnusedUpstreams } from './references/routes.ts'
import { findSessionProblems, findSessionWarnings } from './references/sessions.ts'
import type { UnresolvedConfig } from './schema.ts'

/** Nothing starts with one of these. */
export function findReferenceProblems(config: UnresolvedConfig): Finding[] {
  return [
    ...findListenerProblems(config),
    ...findProviderProblems(config),
    ...findSessionProblems(config),
    ...findRouteReferenceProblems(config),
  ]
}

/** It starts, and the operator should know. */
export function findReferenceWarnings(config: UnresolvedConfig): Finding[] {
  return [
    ...findListenerWarnings(config),
    ...findSessionWarnings(config),
    ...findUnusedUpstreams(config),
    ...findRequireWarnings(config),
  ]
}
