// What a route says about quotas has to name something, count somebody, and say each thing once.

import type { Finding, SettingPath } from '../problems/problem.ts'
import { listQuotas } from '../routes/quotas.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'
import { findRepeats } from './repeats.ts'
import { findUnknown } from './unknown.ts'

export function findQuotaProblems(
  route: RouteConfig,
  path: SettingPath,
  { quotas: shared }: UnresolvedConfig,
): Finding[] {
  const { quotas = [] } = route
  const at = (index: number): SettingPath => [...path, 'quotas', index]
  const each = quotas.map((entry) => listQuotas([entry], shared)[0])
  const unknown = quotas.flatMap((entry, index) =>
    typeof entry === 'string' ? findUnknown('a quota', entry, Object.keys(shared), at(index)) : [],
  )
  const nobodys = each.flatMap((quota, index) => {
    if (route.access !== 'public' || quota === undefined) return []
    if (quota.by === 'address' || quota.by === 'route') return []
    const message = `counts by ${quota.by}, and nobody is known on a public route. Count by address or route.`
    return [{ path: at(index), message }]
  })
  const repeated = findRepeats(each.map((quota) => quota?.name)).map(({ index, first }) => ({
    path: at(index),
    message: `the same as quotas[${first}] but for its numbers. Keep the stricter one.`,
  }))
  return [...unknown, ...nobodys, ...repeated]
}

export function findUnusedQuotas({ routes, quotas }: UnresolvedConfig): Finding[] {
  const used = new Set(routes.flatMap((route) => route.quotas ?? []))
  return Object.keys(quotas)
    .filter((name) => !used.has(name))
    .map((name) => ({ path: ['quotas', name], message: 'no route names it.', pointsAt: 'key' }))
}
