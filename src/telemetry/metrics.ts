// What Prometheus reads from /metrics on the admin listener. Labels are bounded: route names, outcomes and
// ids out of the configuration, never anything that a client chose.

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  readonly requests: Histogram<'route' | 'outcome' | 'status'>
  readonly logins: Counter<'provider' | 'outcome'>
  readonly refreshes: Counter<'provider' | 'outcome'>
  readonly accessTokens: Counter<'provider' | 'outcome'>
  readonly sessions: Counter<'event'>
  readonly nearCacheSessions: Gauge
  readonly upstreamErrors: Counter<'upstream' | 'code'>
  readonly openUpgrades: Gauge
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    requests: new Histogram({
      name: 'postern_request_duration_seconds',
      help: 'Time from the request head to the last byte of the answer, by route, outcome and status class.',
      labelNames: ['route', 'outcome', 'status'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    logins: new Counter({
      name: 'postern_logins_total',
      help: 'Logins by provider and outcome: started, completed, refused.',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    refreshes: new Counter({
      name: 'postern_refreshes_total',
      help: 'Token refreshes by provider and outcome: refreshed, ended, unavailable.',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    accessTokens: new Counter({
      name: 'postern_access_tokens_total',
      help: 'Access tokens of callers by provider and outcome: accepted, known (judged before), unavailable (no verdict), or why not.',
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
    upstreamErrors: new Counter({
      name: 'postern_upstream_errors_total',
      help: 'Requests that an upstream failed to answer, by upstream and refusal code.',
      labelNames: ['upstream', 'code'],
      registers,
    }),
    openUpgrades: new Gauge({
      name: 'postern_open_upgrades',
      help: 'WebSocket connections open through this process.',
      registers,
    }),
  }
}
