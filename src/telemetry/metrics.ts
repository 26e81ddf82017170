// What Prometheus reads from /metrics on the admin listener. Labels are bounded: route names, outcomes and
// ids out of the configuration, never anything that a client chose.

import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { RequestDurations } from './requestDurations.ts'
import { TallyCounter } from './tallyCounter.ts'

export interface Metrics {
  readonly registry: Registry
  /** Beside the registry: its text is to be added to the registry's. */
  readonly requests: RequestDurations
  readonly logins: Counter<'provider' | 'outcome'>
  readonly passwordSignIns: Counter<'provider' | 'outcome'>
  readonly refreshes: Counter<'provider' | 'outcome'>
  readonly accessTokens: TallyCounter<'provider' | 'outcome'>
  readonly clientCredentials: TallyCounter<'provider' | 'outcome'>
  readonly sessions: Counter<'event'>
  readonly nearCacheSessions: Gauge
  readonly quotaRefusals: Counter<'route' | 'quota'>
  readonly quotaFallbacks: Counter
  readonly routeRequests: Gauge<'route'>
  readonly upstreamErrors: Counter<'upstream' | 'code'>
  readonly upstreamTokens: Counter<'upstream' | 'outcome'>
  readonly openUpgrades: Gauge
  readonly tlsHandshakeFailures: Counter<'reason'>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    requests: new RequestDurations(),
    logins: new Counter({
      name: 'postern_logins_total',
      help: 'Logins by provider and outcome: started, completed, refused.',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    passwordSignIns: new Counter({
      name: 'postern_password_sign_ins_total',
      help: 'Sign-ins by user name and password, by provider and outcome: signed_in, throttled (the issuer was not asked), or why it came to nothing.',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    refreshes: new Counter({
      name: 'postern_refreshes_total',
      help: 'Token refreshes by provider and outcome: refreshed, ended, unavailable.',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    accessTokens: new TallyCounter({
      name: 'postern_access_tokens_total',
      help: 'Access tokens of callers by provider and outcome: accepted, known (judged before), unavailable (no verdict), or why not.',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    clientCredentials: new TallyCounter({
      name: 'postern_client_credentials_total',
      help: 'Requests with a client id and a secret by provider and outcome: known (asked before), granted, wrong_credentials, refused, too_many_attempts, unavailable, malformed.',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    sessions: new Counter({
      name: 'postern_session_events_total',
      help: 'Sessions opened, ended and evicted.',
      labelNames: ['event'],
      registers,
    }),
    nearCacheSessions: new Gauge({
      name: 'postern_near_cache_sessions',
      help: 'Opened sessions kept in this process.',
      registers,
    }),
    quotaRefusals: new Counter({
      name: 'postern_quota_refusals_total',
      help: 'Requests refused because a quota was used up, by route and quota.',
      labelNames: ['route', 'quota'],
      registers,
    }),
    quotaFallbacks: new Counter({
      name: 'postern_quota_fallbacks_total',
      help: 'Times that quotas were counted in memory because Redis did not answer.',
      registers,
    }),
    routeRequests: new Gauge({
      name: 'postern_route_requests',
      help: 'Requests under way on routes with maxConcurrency.',
      labelNames: ['route'],
      registers,
    }),
    upstreamErrors: new Counter({
      name: 'postern_upstream_errors_total',
      help: 'Requests that an upstream failed to answer, by upstream and refusal code.',
      labelNames: ['upstream', 'code'],
      registers,
    }),
    upstreamTokens: new Counter({
      name: 'postern_upstream_tokens_total',
      help: 'Access tokens for upstreams by upstream and outcome: obtained, dropped (the upstream refused it), refused and unavailable (by and from the issuer).',
      labelNames: ['upstream', 'outcome'],
      registers,
    }),
    openUpgrades: new Gauge({
      name: 'postern_open_upgrades',
      help: 'WebSocket connections open through this process.',
      registers,
    }),
    tlsHandshakeFailures: new Counter({
      name: 'postern_tls_handshake_failures_total',
      help: 'TLS handshakes that clients did not complete, by reason: left, timeout, plain_http, certificate, protocol, other.',
      labelNames: ['reason'],
      registers,
    }),
  }
}
