// Renders every refusal: a page for people, problem details for programs, a status of theirs for
// gRPC clients. The words come from the catalogue
// alone; what really happened goes into the request's record, and from there into the log.

import { prefersHtml } from '../http/navigation.ts'
import { findReturnPlace, toLoginUrl, type RedirectPolicy } from '../http/redirects.ts'
import { respond } from '../http/respond.ts'
import { createErrorPage } from '../pages/errorPage.ts'
import type { Page } from '../pages/layout.ts'
import type { RespondPage } from '../pages/respondPage.ts'
import { findWords } from '../pages/words.ts'
import type { ReceivedRequest } from '../request.ts'
import type { Log } from '../telemetry/log.ts'
import type { Clock } from '../time.ts'
import { rowOf } from './catalogue.ts'
import { toBasicChallenge, toChallenges } from './challenge.ts'
import { GatewayError } from './gatewayError.ts'
import { findGrpcType, mayBeGrpc, toGrpcFields } from './grpc.ts'
import { findRefusalWords } from './refusalWords.ts'
import { findLoginUrl, findWaysOut, toAction, type WaysOutConfig } from './waysOut.ts'

export interface RefusalDependencies {
  readonly config: WaysOutConfig
  readonly log: Log
  readonly clock: Clock
  readonly respondPage: RespondPage
}

/** Never throws: where even the refusal fails, the connection is cut. */
export function createRefuse(
  dependencies: RefusalDependencies,
): (received: ReceivedRequest, error: unknown) => void {
  return (received, error) => {
    try {
      const refusal = withLoginUrl(toGatewayError(error), received, dependencies.config)
      writeRecord(received, refusal)
      answer(received, refusal, dependencies)
    } catch (fault) {
      dependencies.log.error(
        { fault: fault instanceof Error ? fault.stack : undefined },
        'refusing failed',
      )
      received.response.destroy()
    }
  }
}

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('internal_error', 'a fault of the gateway', { cause: error })
}

/** Whoever asks for a sign-in need not say where: it is the same for all requests. */
function withLoginUrl(
  refusal: GatewayError,
  received: ReceivedRequest,
  config: RedirectPolicy,
): GatewayError {
  const { code, detail, options } = refusal
  if (code !== 'login_required' || options.loginUrl !== undefined) return refusal
  const loginUrl = toLoginUrl(config.prefix, findReturnPlace(received, config))
  return new GatewayError(code, detail, { ...options, loginUrl })
}

function writeRecord({ record }: ReceivedRequest, refusal: GatewayError): void {
  record.refusal = refusal.code
  record.detail = refusal.detail
  record.cause = refusal.options.cause
}

function answer(
  received: ReceivedRequest,
  refusal: GatewayError,
  { config, clock, respondPage }: RefusalDependencies,
): void {
  const { status } = rowOf(refusal.code)
  const fields = refusalFields(received, refusal, config.publicUrl)
  const grpcType = mayBeGrpc(received, config.prefix)
    ? findGrpcType(received.incoming.headers['content-type'])
    : undefined
  if (grpcType !== undefined) {
    fields.push(...toGrpcFields(refusal.code, received.corsFields))
    respond(received, { status: 200, contentType: grpcType, fields })
    return
  }
  if (!prefersHtml(received.incoming.headers)) {
    respond(received, {
      status,
      contentType: 'application/problem+json',
      body: toProblem(received, refusal, config),
      fields,
    })
    return
  }
  const page = createPage(received, refusal, { config, clock })
  respondPage(received, { status, page, fields })
}

function createPage(
  received: ReceivedRequest,
  refusal: GatewayError,
  { config, clock }: Pick<RefusalDependencies, 'config' | 'clock'>,
): Page {
  const { code, options } = refusal
  const words = findWords(received)
  const reference = {
    code,
    time: new Date(clock.now() * 1000).toISOString(),
    requestId: received.record.id,
    waitSeconds: rowOf(code).status === 429 ? options.retryAfterSeconds : undefined,
    actions: findWaysOut(received, refusal, config).map((way) => toAction(way, words)),
  }
  return createErrorPage({ ...findRefusalWords(code, words.lang), ...reference }, words)
}

/** RFC 9457 §3, with the code and, where signing in would help, the place to do it. */
function toProblem(
  received: ReceivedRequest,
  refusal: GatewayError,
  config: WaysOutConfig,
): string {
  const { code } = refusal
  const { status, title, advice } = rowOf(code)
  return JSON.stringify({
    type: `urn:postern:problem:${code}`,
    title,
    status,
    detail: advice,
    instance: `urn:postern:request:${received.record.id}`,
    code,
    login_url: findLoginUrl(received, refusal, config),
    // draft-ietf-httpapi-ratelimit-headers-11 §5.1
    'violated-policies': refusal.options.violatedPolicies,
  })
}

function refusalFields(
  received: ReceivedRequest,
  { code, options }: GatewayError,
  realm: string,
): string[] {
  const { status, challenge } = rowOf(code)
  const fields = (options.setCookies ?? []).flatMap((cookie) => ['Set-Cookie', cookie])
  if (challenge !== undefined) {
    const refused = { status, error: challenge, scopes: options.scopes ?? [], realm }
    for (const value of toChallenges(refused, received.challenge)) {
      fields.push('WWW-Authenticate', value)
    }
  }
  if (options.orBasic === true) fields.push('WWW-Authenticate', toBasicChallenge(realm))
  if (options.retryAfterSeconds !== undefined) {
    fields.push('Retry-After', String(Math.ceil(options.retryAfterSeconds)))
  }
  if (options.allow !== undefined) fields.push('Allow', options.allow.join(', '))
  return fields
}
