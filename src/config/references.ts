// What the schema cannot see: settings that refer to, need, or contradict each other.

import type { Finding } from './problems/problem.ts'
import { findWhereReadable } from './readable.ts'
import { findAudienceWarnings } from './references/audiences.ts'
import { findAssertionProblems, findAssertionWarnings } from './references/assertion.ts'
import { findBearerMethodWarnings } from './references/bearerMethods.ts'
import { findClientCertificateProblems } from './references/clientCertificates.ts'
import { findSecretWarnings } from './references/clientCredentials.ts'
import { findHeaderProblems } from './references/headers.ts'
import { findHostWarnings } from './references/hosts.ts'
import { findIssuerWarnings } from './references/issuers.ts'
import { findListenerProblems, findListenerWarnings } from './references/listeners.ts'
import { findMethodOverrideWarnings } from './references/methodOverride.ts'
import { findBasicPasswordWarnings, findPasswordWarnings } from './references/password.ts'
import { findPathWarnings } from './references/paths.ts'
import { findResourceProblems, findResourceWarnings } from './references/protectedResources.ts'
import { findProviderProblems } from './references/providers.ts'
import { findUnusedQuotas } from './references/quotas.ts'
import { findRequireWarnings } from './references/require.ts'
import { findResponseProblems } from './references/responses.ts'
import { findRouteReferenceProblems, findUnusedUpstreams } from './references/routes.ts'
import { findSessionProblems, findSessionWarnings } from './references/sessions.ts'
import { findFormWarnings } from './references/signInForm.ts'
import {
  findCredentialsProblems,
  findClearTextWarnings,
  findCredentialsWarnings,
} from './references/upstreamCredentials.ts'
import { findLoopProblems } from './references/upstreams.ts'
import { findThrottlingWarnings } from './references/throttling.ts'
import type { UnresolvedConfig } from './schema.ts'

/** Nothing starts with one of these. Settings that could not be read are left out of account. */
export function findReferenceProblems(config: UnresolvedConfig): Finding[] {
  return findWhereReadable(
    () => findListenerProblems(config),
    () => findClientCertificateProblems(config),
    () => findProviderProblems(config),
    () => findSessionProblems(config),
    () => findLoopProblems(config),
    () => findCredentialsProblems(config),
    () => findHeaderProblems(config.identity, ['identity']),
    () => findAssertionProblems(config, config.identity, ['identity']),
    () => findRouteReferenceProblems(config),
    () => findResourceProblems(config),
    () => findResponseProblems(config),
  )
}

/** It starts, and the operator should know. */
export function findReferenceWarnings(config: UnresolvedConfig): Finding[] {
  return [
    ...findListenerWarnings(config),
    ...findPasswordWarnings(config),
    ...findFormWarnings(config),
    ...findBasicPasswordWarnings(config),
    ...findThrottlingWarnings(config),
    ...findSessionWarnings(config),
    ...findHostWarnings(config),
    ...findPathWarnings(config),
    ...findMethodOverrideWarnings(config),
    ...findBearerMethodWarnings(config),
    ...findAudienceWarnings(config),
    ...findUnusedUpstreams(config),
    ...findUnusedQuotas(config),
    ...findRequireWarnings(config),
    ...findIssuerWarnings(config),
    ...findResourceWarnings(config),
    ...findAssertionWarnings(config),
    ...findCredentialsWarnings(config),
    ...findClearTextWarnings(config),
    ...findSecretWarnings(config),
  ]
}
