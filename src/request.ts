// The stages of a request. Each room takes one and hands on the next, so that a check that was not made
// is a type error.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Route } from './config/routes/route.ts'
import type { RefusalCode } from './errors/catalogue.ts'
import type { Challenge } from './errors/challenge.ts'
import type { Claims, Session } from './sessions/session.ts'
import type { EpochSeconds, Milliseconds } from './time.ts'

/** Who is at the other end, as far as the listener may believe it. */
export interface ClientInfo {
  /** The client's IP address, past the listed trusted proxies. */
  readonly address: string
  /** Scheme the client used towards the outermost trusted hop. */
  readonly scheme: 'http' | 'https'
  /** Lower-cased authority that the client asked for, `host` or `host:port`. */
  readonly authority: string
  /** The value of X-Forwarded-For to hand on: believed hops, then the peer. */
  readonly forwardedFor: string
}

/** What is learned on the way, for the one log line and the metrics. Not for decisions. */
export interface RequestRecord {
  /** Ties an answer of ours to its log line; also what the client is told. */
  readonly id: string
  routeName: string | undefined
  principal: string | undefined
  sessionId: string | undefined
  /** The quotas that are used up. */
  quota?: string | undefined
  refusal: RefusalCode | undefined
  /** The refusal's exact reason; log only. */
  detail: string | undefined
  /** A stack, where there was a fault; log only. */
  cause: unknown
}

export interface ReplacedContent {
  /** Its Content-Type. */
  readonly type: string
  readonly body: Buffer
  /** Fields of the form in it: no cookie may be taken for one. */
  readonly fieldNames: readonly string[]
}

export interface ReceivedRequest {
  readonly method: string
  /** The request target in origin-form, as it came. */
  readonly target: string
  /** Names and values in turn, as they came. */
  readonly fields: readonly string[]
  readonly client: ClientInfo
  /**
   * The SHA-256 of the certificate whose key the client has, in base64url, as `x5t#S256` writes it; undefined where
   * it has shown none. Absent where nobody is asked for one.
   *
   * @throws GatewayError `request_malformed`
   * @see RFC 8705 §3.1
   */
  readonly findCertificate?: (() => string | undefined) | undefined
  /** All Cookie fields joined by `; `, or undefined. */
  readonly cookies: string | undefined
  /** True for a WebSocket handshake: the response then stands on the upgraded socket. */
  readonly isUpgrade: boolean
  /** When its head had been read, as `performance.now()` counts: before anything about it was judged. */
  readonly receivedAt: Milliseconds
  /** Bytes that came behind an upgrade request; empty otherwise. */
  readonly upgradeHead: Buffer
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly record: RequestRecord
  /** What every answer tells scripts of other origins. Routing writes it, where the route has `cors`. */
  corsFields?: readonly string[] | undefined
  /** Further fields of ours on the answer, whoever gives it: names and values in turn. */
  answerFields?: readonly string[] | undefined
  /** Nobody may keep the answer, whatever the upstream says. */
  isUnstorable?: boolean
  /** What the upstream gets in place of the content that came; authentication writes it. */
  replacedContent?: ReplacedContent | undefined
  /** What a refusal asks for in place of a bare Bearer challenge; authentication writes it. */
  challenge?: Challenge | undefined
  /** What every answer tells of the caller's quotas. Admission writes it, where the route has any. */
  quotaFields?: readonly string[] | undefined
  /** A place among the requests under way; released once this one is over, however it ends. */
  slot?: { release(): void } | undefined
}

/** The canonical target: what is judged, and what is forwarded. */
export interface Target {
  /** As it came, without the query. */
  readonly path: string
  /** With `%41`-like escapes of unreserved characters decoded: what patterns are matched against. */
  readonly judgedPath: string
  /** With its `?`, or empty. */
  readonly query: string
}

export interface RoutedRequest {
  readonly received: ReceivedRequest
  readonly target: Target
  readonly route: Route
  /** The answer to a CORS preflight; it leaves the journey here. */
  readonly preflightFields?: readonly string[]
}

declare const arrived: unique symbol

/** Only admission/ makes one: its address may ask. */
export interface ArrivedRequest extends RoutedRequest {
  readonly [arrived]: true
}

/** A request for one of the gateway's own URLs; it leaves the journey here. */
export interface EndpointRequest {
  readonly received: ReceivedRequest
  readonly target: Target
  /** The path behind the prefix, without slash: `login`, `callback`. With one: a path that is not under the prefix. */
  readonly endpoint: string
}

export interface Principal {
  readonly kind: 'person' | 'client'
  readonly providerId: string
  readonly issuer: string
  readonly subject: string
  readonly claims: Claims
  readonly scopes: readonly string[]
  /** Whom the access token is for; absent where none was sent. */
  readonly audiences?: readonly string[]
  /** When what it rests on is over: its session, or its access token. Absent where nothing says so. */
  readonly endsAt?: EpochSeconds
  /** Present where a session stands behind the principal. */
  readonly session?: Session
}

export interface AuthenticatedRequest {
  readonly routed: RoutedRequest
  /** Undefined on `public` and `optional` routes where nobody is signed in. */
  readonly principal: Principal | undefined
  /** Set-Cookie values that the answer has to carry. */
  readonly setCookies: readonly string[]
  /**
   * The caller's own, for upstreams that are to be given it: live, and what was judged. Absent where the way in
   * has none, or it is bound to a key that the caller alone has.
   */
  readonly accessToken?: string | undefined
}

declare const authorized: unique symbol

/** Only authorization/ makes one: admission accepts nothing less. */
export interface AuthorizedRequest extends AuthenticatedRequest {
  readonly [authorized]: true
}

declare const admitted: unique symbol

/** Only admission/ makes one: forwarding accepts nothing less. */
export interface AdmittedRequest extends AuthorizedRequest {
  readonly [admitted]: true
}

// "Not mine" is not "no": credentials that are present and bad never fall through to the next way in.
export type AuthenticationResult =
  | {
      readonly outcome: 'authenticated'
      readonly principal: Principal
      readonly setCookies: readonly string[]
      /** As in {@link AuthenticatedRequest}; in no verdict that is kept longer than its request or its session. */
      readonly accessToken?: string | undefined
    }
  | { readonly outcome: 'no_credentials' }
  | {
      readonly outcome: 'rejected'
      readonly code: RefusalCode
      readonly detail: string
    }
