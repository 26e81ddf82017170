// Carries one authorized request to its upstream and the answer back, both bodies streamed with backpressure.
// Decides nothing about access. Hot: one instance a request, methods in place of closures; measured by
// `npm run bench`.

import { nextTick } from 'node:process'
import type { Dispatcher } from 'undici'
import type { RefusalCode } from '../errors/catalogue.ts'
import { toFaultCode } from '../errors/faultCode.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type { AuthorizedRequest, ReceivedRequest } from '../request.ts'
import { ClientAnswer } from './clientAnswer.ts'
import { onceClientLeaves } from './clientLeaving.ts'
import { toDispatchOptions } from './dispatchOptions.ts'
import { isBrokenConnection, toFailureCode, type FailureCode } from './failure.ts'
import { describeFailure, type Phase } from './failureWords.ts'
import { Patience, type Exchange } from './patience.ts'
import { toRawFields } from './rawFields.ts'
import { expectsContinue, isRepeatable, RequestBody, takeBody } from './requestBody.ts'
import type { ForwardingServices } from './services.ts'
import type { Upstream } from './upstream.ts'

type Controller = Dispatcher.DispatchController

export class ResponseRelay implements Dispatcher.DispatchHandler, Exchange {
  protected readonly received: ReceivedRequest
  protected readonly services: ForwardingServices
  readonly upstream: Upstream
  protected readonly authorized: AuthorizedRequest
  protected fields: string[]
  readonly #answer: ClientAnswer
  readonly #patience = new Patience(this)
  #phase: Phase = 'waiting'
  #controller: Controller | undefined
  #body: Buffer | RequestBody | null = null
  #isInLine = false
  #hasAnswered = false
  #hasRetried = false

  constructor(
    authorized: AuthorizedRequest,
    fields: string[],
    upstream: Upstream,
    services: ForwardingServices,
  ) {
    this.received = authorized.routed.received
    this.services = services
    this.upstream = upstream
    this.authorized = authorized
    this.fields = fields
    this.#answer = new ClientAnswer(authorized, services)
  }

  start(): void {
    const { response, incoming } = this.received
    // Because the listener refuses a body that breaks off its framing while others still judge its head.
    if (incoming.socket.destroyed || response.headersSent) return
    onceClientLeaves(this.received, () => this.#leave())
    setImmediate(dispatch, this)
  }

  /** To be called from the check phase only; `start` sees to it. */
  dispatch(): void {
    if (this.#phase === 'over') return
    this.#isInLine = this.upstream.line.enter()
    if (!this.#isInLine) {
      this.fail('upstream_overloaded', 'too many requests wait for a connection')
      return
    }
    const { incoming, isUpgrade, replacedContent } = this.received
    const { maxBodySize } = this.authorized.routed.route
    this.#patience.arm(this.upstream.responseTimeout)
    this.#body ??=
      replacedContent?.body ?? (isUpgrade ? null : takeBody(incoming, maxBodySize, this))
    const options = toDispatchOptions(this.authorized, this.upstream, this.fields, this.#body)
    this.upstream.pool.dispatch(options, this)
  }

  #leaveLine(): void {
    if (this.#isInLine) this.upstream.line.leave()
    this.#isInLine = false
  }

  onRequestStart(controller: Controller): void {
    this.#leaveLine()
    // Because undici takes an abort for a fault of the connection, and a throw for one of the request alone.
    if (this.#phase === 'over') throw new Error('the client left before its turn')
    this.#controller = controller
    this.#phase = this.#body instanceof RequestBody ? 'sending' : 'sent'
    this.#patience.arm(this.upstream.responseTimeout)
    if (expectsContinue(this.received)) this.received.response.writeContinue()
  }

  onBodySent(): void {
    this.#patience.renew()
  }

  onRequestSent(): void {
    if (this.#phase !== 'sending') return
    this.#phase = 'sent'
    this.#patience.refresh()
  }

  onResponseStarted(): void {
    this.#hasAnswered = true
  }

  onResponseStart(controller: Controller, status: number, _: unknown, reason: string = ''): void {
    if (this.#phase === 'over') return
    const raw = toRawFields(controller.rawHeaders)
    if (status < 200 && status !== 101) {
      this.#patience.refresh()
      this.#answer.inform(status, raw)
      return
    }
    this.#phase = 'answering'
    // RFC 9110 §15.2.2: an upgrade that nobody asked for is no answer.
    if (status === 101 || !this.#answer.begin(status, reason, raw)) {
      this.fail('upstream_invalid_response', `the head of its ${status} cannot be passed on`)
      return
    }
    nextTick(awaitRest, this)
  }

  /** What came with the head has been read, and the answer is not complete. */
  awaitRest(): void {
    if (this.#phase === 'over') return
    this.#patience.arm(this.upstream.idleTimeout)
    this.#answer.flushHead()
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#phase === 'over') return
    this.#patience.refresh()
    if (this.#answer.write(chunk)) return
    controller.pause()
    this.received.response.once('drain', () => controller.resume())
  }

  onResponseEnd(controller: Controller): void {
    if (this.#phase === 'over') return
    this.settle()
    this.#answer.end(toRawFields(controller.rawTrailers), this.upstream.idleTimeout)
  }

  onResponseError(_: Controller | null, error: Error): void {
    this.#leaveLine()
    if (this.#phase === 'over') return
    if (this.#isRetryable(error)) {
      this.#hasRetried = true
      this.beginAgain()
      const { name } = this.upstream
      this.services.log.debug({ upstream: name, error: toFaultCode(error) }, 'request repeated')
      this.dispatchSoon(this.fields)
      return
    }
    this.fail(toFailureCode(error, this.#hasAnswered), describeFailure(error))
  }

  #isRetryable(error: Error): boolean {
    if (this.#hasRetried || this.#hasAnswered || this.#phase === 'waiting') return false
    return isRepeatable(this.received) && isBrokenConnection(error)
  }

  /** As if nothing had been sent. Nothing expires until it is. */
  protected beginAgain(): void {
    this.#phase = 'waiting'
    this.#controller = undefined
    this.#hasAnswered = false
    this.#patience.clear()
  }

  protected dispatchSoon(fields: string[]): void {
    this.fields = fields
    setImmediate(dispatch, this)
  }

  /** No part of the body is gone. */
  protected get isWhole(): boolean {
    return !(this.#body instanceof RequestBody)
  }

  get phase(): Phase {
    return this.#phase
  }

  get waitsForClient(): boolean {
    if (this.#phase === 'answering') return this.#controller?.paused ?? false
    return this.#phase === 'sending' && this.#body instanceof RequestBody && !this.#body.isHeldBack
  }

  /** The body is longer than the route allows. Called by it alone. */
  exceed(): void {
    this.refuse('content_too_large', 'more than maxBodySize')
  }

  fail(code: FailureCode, reason: string): void {
    if (this.refuse(code, reason)) {
      this.services.metrics.upstreamErrors.inc({ upstream: this.upstream.name, code })
    }
  }

  /** Renders the failure where no answer has begun; else the client sees a connection that was cut. */
  refuse(code: RefusalCode, reason: string): boolean {
    if (!this.settle()) return false
    this.#controller?.abort(new Error(code))
    // Because node:http keeps the phrase of a head that it refused.
    this.received.response.statusMessage = ''
    const { setCookies } = this.authorized
    const detail = `${this.upstream.name}: ${reason}`
    this.services.refuse(this.received, new GatewayError(code, detail, { setCookies }))
    return true
  }

  #leave(): void {
    if (this.settle()) this.#controller?.abort(new Error('the client left'))
  }

  protected get isOver(): boolean {
    return this.#phase === 'over'
  }

  /** Nothing more is to be told to the client. False where that was so before. */
  protected settle(): boolean {
    if (this.#phase === 'over') return false
    this.#phase = 'over'
    this.#patience.clear()
    if (this.#body instanceof RequestBody) this.#body.destroy()
    return true
  }
}

// Threat: a stray answer that waits on an idle connection would be read as the answer to the next request, of
// whomever. From the check phase, undici reads what is pending, and drops the connection, before it writes.
function dispatch(relay: ResponseRelay): void {
  relay.dispatch()
}

function awaitRest(relay: ResponseRelay): void {
  relay.awaitRest()
}
