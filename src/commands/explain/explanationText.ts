// An explanation as a person reads it in a terminal: a label, and beside it what there is to say.

import type { Config } from '../../config/config.ts'
import type { CandidateVerdict, Explanation, PrincipalVerdict, RuleVerdict } from './explanation.ts'
import type { Outcome } from './trial.ts'

const labelWidth = 10

/** @param url - As it was asked for. */
export function formatExplanation(explanation: Explanation, url: string, config: Config): string {
  const { method, route, rules, nobody, browser, principal } = explanation
  const final = principal?.outcome ?? nobody
  const blocks = [
    block('target', describeTarget(explanation)),
    block('routes', describeCandidates(explanation)),
    block('access', route === undefined ? [] : [describeAccess(route)]),
    block('nobody', describeOutcome(nobody, config)),
    block('browser', browser?.outcome === 'sign_in' ? describeOutcome(browser, config) : []),
    block('cors', listFields(explanation.cors, isAboutCors)),
    block('rules', describeRules(rules)),
    block('caller', principal === undefined ? [] : describePrincipal(principal, config)),
    block(
      'upstream',
      final.outcome === 'forwarded' ? describeForwarded(final, explanation, config) : [],
    ),
  ]
  return `${method} ${url}\n\n${blocks.join('')}`
}

function block(label: string, lines: readonly string[]): string {
  return lines
    .map((line, at) => `${(at === 0 ? label : '').padEnd(labelWidth)}${line}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('')
}

function describeTarget({ target }: Explanation): string[] {
  if ('refused' in target) return [`refused: ${target.refused}`]
  const { path, judgedPath, query } = target
  const lines = [`${path}${query === '' ? '' : `, with the query ${query}`}`]
  if (judgedPath !== path) lines.push(`judged as ${judgedPath}`)
  return lines
}

function describeCandidates({ candidates, target, nobody }: Explanation): string[] {
  if (candidates.length > 0) {
    const names = candidates.map(({ name, match }) =>
      name === match ? name : `${name} (${match})`,
    )
    const width = Math.max(...names.map((name) => name.length))
    return candidates.map((one, at) => {
      const place = `routes[${one.index}]`
      return `${at + 1}. ${names[at]!.padEnd(width)}  ${place}  ${describeCandidate(one)}`
    })
  }
  if ('refused' in target) return []
  return [nobody.outcome === 'endpoint' ? `the gateway's own URL ${nobody.endpoint}` : 'none']
}

function describeCandidate({ isTaken, takesMethod, behindBy }: CandidateVerdict): string {
  const order = behindBy === undefined ? 'most specific' : `behind by its ${behindBy}`
  if (isTaken && behindBy !== undefined) return 'taken: most specific that takes the method'
  if (isTaken) return `taken: ${order}`
  return takesMethod ? order : `${order}, and does not take the method`
}

function describeAccess({ access, authenticate }: NonNullable<Explanation['route']>): string {
  if (access === 'public') return 'public: nobody is asked who they are'
  return `${access}, by ${authenticate.join(' or ')}`
}

const marks = { holds: '✓', fails: '✗', unknown: '?' } as const

function describeRules(rules: readonly RuleVerdict[]): string[] {
  const names = rules.map(({ path, depth }) => `${'  '.repeat(depth)}${path}`)
  const width = Math.max(0, ...names.map((name) => name.length))
  return rules.map(({ wanted, outcome }, at) => {
    const mark = outcome === undefined ? '·' : marks[outcome]
    const doubt = outcome === 'unknown' ? ' (cannot be told)' : ''
    return `${mark} ${names[at]!.padEnd(width)}  ${wanted}${doubt}`
  })
}

function describePrincipal(principal: PrincipalVerdict, config: Config): string[] {
  const { kind, subject, providerId, outcome } = principal
  return [`${kind} ${subject} of ${providerId}`, ...describeOutcome(outcome, config)]
}

function describeOutcome(outcome: Outcome, config: Config): string[] {
  switch (outcome.outcome) {
    case 'forwarded':
      return [`passes, to the upstream ${outcome.upstream}`]
    case 'sign_in':
      return describeSignIn(outcome, config)
    case 'app_page':
      return [appPages[outcome.page]]
    case 'endpoint':
      return ['answered by the gateway itself']
    case 'answered':
      return [`${outcome.status}, answered here`, ...listFields(outcome.fields, isAboutCors)]
    case 'refused':
      return describeRefusal(outcome)
  }
}

function describeSignIn(
  { at, providerIds }: Extract<Outcome, { outcome: 'sign_in' }>,
  { providers, prefix }: Config,
): string[] {
  if (typeof at === 'object') return [`302 to ${at.page}`]
  const form = `302 to our form ${prefix}/sign-in, for`
  const first = at === 'form' ? form : '302 to'
  return providerIds.map((id, index) => {
    const issuer = providers.find((provider) => provider.id === id)?.issuer
    return `${index === 0 ? first : 'or'.padStart(first.length)} ${issuer} (${id})`
  })
}

const appPages = {
  form: 'read here as the sign-in form; the application never sees the password',
  form_page: 'sent to sign in, then to success.redirect',
  logout: 'signed out here first, then passed on as nobody',
} as const

function describeRefusal(refusal: Extract<Outcome, { outcome: 'refused' }>): string[] {
  const { status, code, detail, challenges, grpcStatus } = refusal
  const lines = [`${status} ${code}${detail === undefined ? '' : `: ${detail}`}`]
  if (grpcStatus !== undefined) lines.push(`grpc-status: ${grpcStatus}`)
  return [...lines, ...challenges.map((challenge) => `WWW-Authenticate: ${challenge}`)]
}

function describeForwarded(
  { upstream, fields }: Extract<Outcome, { outcome: 'forwarded' }>,
  { method, target }: Explanation,
  { upstreams }: Config,
): string[] {
  const place = 'refused' in target ? '' : `${target.path}${target.query}`
  return [`${method} ${upstreams[upstream]?.url}${place}`, ...listFields(fields, () => true)]
}

function isAboutCors(name: string): boolean {
  return name.startsWith('Access-Control-')
}

function listFields(fields: readonly string[], isShown: (name: string) => boolean): string[] {
  return fields.flatMap((name, at) =>
    at % 2 === 0 && isShown(name) ? [`${name}: ${toReadable(fields[at + 1]!)}`] : [],
  )
}

/** Because a terminal takes UTF-8, and fields are bytes one by one. */
function toReadable(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8')
}
