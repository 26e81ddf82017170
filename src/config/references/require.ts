// Rules that nobody could satisfy, or that nobody could read.

import type { Finding, SettingPath } from '../problems/problem.ts'
import { isForClients } from '../routes/route.ts'
import type { RuleConfig } from '../schema/require.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'
import { listRouteProviders } from './routeProviders.ts'

const deepest = 8

export function findRequireProblems(route: RouteConfig, path: SettingPath): Finding[] {
  const { require } = route
  if (require === undefined) return []
  const rules = listRules(require, [...path, 'require'])
  // Because what stands deeper stands in this one.
  const tooDeep = rules.find(({ depth }) => depth > deepest)
  const problems: Finding[] = []
  if (tooDeep !== undefined) {
    const message = `expected rules in rules at most ${deepest} deep.`
    problems.push({ path: tooDeep.path, message })
  }
  if (require.principal === 'client' && !isForClients(route)) {
    const message =
      'a session is never the one of a client. Add bearer or client-credentials to authenticate.'
    problems.push({ path: [...path, 'require', 'principal'], message })
  }
  return problems
}

/** Scopes that look like patterns, where an issuer that counts has no such. */
export function findRequireWarnings({ routes, providers }: UnresolvedConfig): Finding[] {
  return routes.flatMap((route, index) => {
    const literal = listRouteProviders(route, providers).filter(
      ({ scopeWildcards }) => !scopeWildcards,
    )
    const { require } = route
    if (literal.length === 0 || require === undefined) return []
    const names = literal.map(({ id }) => id).join(', ')
    return listRules(require, ['routes', index, 'require'])
      .filter(({ rule }) => hasWildcard(rule))
      .map(({ path }) => ({
        path: [...path, 'scopes'],
        message: `* is a character like any other unless a provider has scopeWildcards: true, which is not set for ${names}.`,
      }))
  })
}

function hasWildcard({ scopes }: RuleConfig): boolean {
  if (scopes === undefined) return false
  const values = Array.isArray(scopes) ? scopes : [...(scopes.allOf ?? []), ...(scopes.anyOf ?? [])]
  return values.some((scope) => scope.split(':').includes('*'))
}

interface PlacedRule {
  readonly rule: RuleConfig
  readonly path: SettingPath
  readonly depth: number
}

function listRules(rule: RuleConfig, path: SettingPath, depth = 0): PlacedRule[] {
  const inner = (['allOf', 'anyOf'] as const).flatMap((name) =>
    (rule[name] ?? []).flatMap((one, index) => listRules(one, [...path, name, index], depth + 1)),
  )
  if (rule.not !== undefined) inner.push(...listRules(rule.not, [...path, 'not'], depth + 1))
  return [{ rule, path, depth }, ...inner]
}
