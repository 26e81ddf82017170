// All that `postern explain` has to say about one request, as data; `--json` prints it as it is.

import { compilePolicy } from '../../authorization/policy.ts'
import type { Rule, Truth } from '../../authorization/rule.ts'
import type { Config } from '../../config/config.ts'
import type { Route } from '../../config/routes/route.ts'
import { describeMatch, toRoutes } from '../../config/routes/routes.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { preflightMethod } from '../../http/preflight.ts'
import type { Principal } from '../../request.ts'
import { listCandidates, type Candidate } from '../../routing/candidates.ts'
import { parseTarget } from '../../routing/target.ts'
import type { AssumedCaller } from './assumedPrincipal.ts'
import { imagineRequest, type RequestLine } from './imaginedRequest.ts'
import { createTrial, type Outcome } from './trial.ts'

export interface Explanation {
  readonly method: string
  readonly target: TargetVerdict
  /** Those of host and path, the most specific first. */
  readonly candidates: readonly CandidateVerdict[]
  readonly route: RouteSummary | undefined
  /** What a caller without credentials gets. */
  readonly nobody: Outcome
  /** The same where a person asks for it in a browser; undefined where the request says itself what asks. */
  readonly browser: Outcome | undefined
  /** What answers tell scripts of other origins; names and values in turn. */
  readonly cors: readonly string[]
  /** Outer rules before those inside them; without `outcome` where nobody is assumed. */
  readonly rules: readonly RuleVerdict[]
  /** Who is assumed to call, and what they get. */
  readonly principal: PrincipalVerdict | undefined
}

type TargetVerdict =
  | { readonly path: string; readonly judgedPath: string; readonly query: string }
  | { readonly refused: string }

export interface CandidateVerdict {
  readonly name: string
  /** `GET app.example.com/api/**` */
  readonly match: string
  /** Its place in `routes`. */
  readonly index: number
  readonly isTaken: boolean
  readonly takesMethod: boolean
  readonly behindBy: Candidate['behindBy']
}

type RouteSummary = Pick<Route, 'name' | 'access' | 'authenticate' | 'upstream'>

export interface RuleVerdict {
  /** The setting within the route. */
  readonly path: string
  readonly wanted: string
  /** How many rules it stands in. */
  readonly depth: number
  readonly outcome: Truth | undefined
}

export interface PrincipalVerdict extends Pick<Principal, 'kind' | 'subject' | 'providerId'> {
  readonly outcome: Outcome
}

export async function explain(
  config: Config,
  line: RequestLine,
  caller: AssumedCaller | undefined,
): Promise<Explanation> {
  const principal = caller?.principal
  const run = createTrial(config)
  const { routed, outcome: nobody } = await run(line, undefined)
  const route = routed?.route
  return {
    method: line.method,
    target: judgeTarget(line),
    candidates: nobody.outcome === 'endpoint' ? [] : listAll(config, line, route),
    route: route && summarize(route),
    nobody,
    browser: asksForNothing(line) ? (await run(asNavigation(line), undefined)).outcome : undefined,
    cors: routed?.received.corsFields ?? [],
    rules: route === undefined ? [] : judgeRules(config, route, principal),
    principal: principal && {
      kind: principal.kind,
      subject: principal.subject,
      providerId: principal.providerId,
      outcome: (await run(line, caller)).outcome,
    },
  }
}

function summarize({ name, access, authenticate, upstream }: Route): RouteSummary {
  return { name, access, authenticate, upstream }
}

function judgeTarget({ target, authority }: RequestLine): TargetVerdict {
  try {
    const { path, judgedPath, query } = parseTarget(target, authority)
    return { path, judgedPath, query }
  } catch (error) {
    if (error instanceof GatewayError) return { refused: error.detail }
    throw error
  }
}

/** Whether nothing in it says if it comes from a browser. */
function asksForNothing({ method, fields }: RequestLine): boolean {
  return (
    method === 'GET' && !fields.some((text) => /^(accept|sec-.*|x-requested-with)$/i.test(text))
  )
}

function asNavigation(line: RequestLine): RequestLine {
  return { ...line, fields: [...line.fields, 'Accept', 'text/html', 'Sec-Fetch-Mode', 'navigate'] }
}

function listAll(config: Config, line: RequestLine, taken: Route | undefined): CandidateVerdict[] {
  const target = judgeTarget(line)
  if ('refused' in target) return []
  const { received } = imagineRequest(line)
  const candidates = listCandidates(toRoutes(config), {
    authority: received.client.authority,
    // Because a preflight is about the request that is to follow.
    method: preflightMethod(received) ?? line.method,
    judgedPath: target.judgedPath,
  })
  return candidates.map(({ route, takesMethod, behindBy }) => ({
    name: route.name,
    match: describeMatch(route),
    index: route.index,
    isTaken: route.index === taken?.index,
    takesMethod,
    behindBy,
  }))
}

function judgeRules(
  { providers }: Config,
  route: Route,
  principal: Principal | undefined,
): RuleVerdict[] {
  const reading = new Map(providers.map((provider) => [provider.id, provider]))
  return compilePolicy(route, reading).parts.flatMap((part) => flatten(part, principal, 0))
}

function flatten(rule: Rule, principal: Principal | undefined, depth: number): RuleVerdict[] {
  const { path, wanted, parts, kind } = rule
  const outcome = principal && rule.judge(principal, false)
  // Because these say no more than what is in them.
  if (path === 'require' || (kind === 'allOf' && parts.length === 1)) {
    return parts.flatMap((part) => flatten(part, principal, depth))
  }
  const words = wanted === '' ? ruleWords[kind] : wanted
  const inner = parts.flatMap((part) => flatten(part, principal, depth + 1))
  return [{ path, wanted: words, depth, outcome }, ...inner]
}

const ruleWords: Readonly<Record<Rule['kind'], string>> = {
  condition: '',
  allOf: 'all of these',
  anyOf: 'one of these',
  not: 'known not to hold',
}
