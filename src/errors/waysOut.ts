// What a person can do about a refusal: the links of its page, and the one place that problem details name. Leads
// nowhere but to our own endpoints, the start page and the address that was asked for.

import type { Config } from '../config/config.ts'
import { isForPassword, isForSignIn } from '../config/routes/providerUses.ts'
import { findReturnPlace, toLoginUrl, toSignInPage, toSignInUrl } from '../http/redirects.ts'
import type { Action } from '../pages/action.ts'
import type { PageWords } from '../pages/words.ts'
import type { ReceivedRequest } from '../request.ts'
import { rowOf, type RefusalCode } from './catalogue.ts'
import type { GatewayError } from './gatewayError.ts'

export type WaysOutConfig = Pick<Config, 'publicUrl' | 'prefix' | 'providers'>

const rightsLacking: ReadonlySet<RefusalCode> = new Set(['access_denied', 'insufficient_scope'])
const startPage: Way = { kind: 'startPage', href: '/' }

/** What a link offers, in no language yet. */
export interface Way {
  readonly kind: keyof PageWords['ways']
  readonly href: string
  /** Its name, with `signInWith`. */
  readonly provider?: string
  readonly isQuiet?: boolean
}

export function toAction(
  { kind, href, provider = '', isQuiet = false }: Way,
  { ways }: PageWords,
): Action {
  const label = kind === 'signInWith' ? ways.signInWith(provider) : ways[kind]
  return { label, href, isQuiet }
}

/** The first is what helps most. */
export function findWaysOut(
  received: ReceivedRequest,
  refusal: GatewayError,
  config: WaysOutConfig,
): Way[] {
  const { code, options } = refusal
  if (options.loginUrl !== undefined) {
    return [{ kind: toSignInKind(code, options.loginUrl, config), href: options.loginUrl }]
  }
  if (rightsLacking.has(code)) return findOtherAccounts(received, refusal, config)
  if (code === 'origin_not_allowed') return [startPage]
  // Because this browser has forgotten the session: the next try would say that all is well.
  if (code === 'logout_incomplete') return []
  if (received.method === 'POST') return findPageBefore(received, config)
  // Because an empty reference is the address of the page itself, nothing of the request is written into it.
  if (received.method === 'GET' && isPassing(rowOf(code).status)) {
    return [{ kind: 'tryAgain', href: '' }]
  }
  return []
}

function toSignInKind(code: RefusalCode, loginUrl: string, { prefix }: WaysOutConfig): Way['kind'] {
  if (code === 'login_required') return 'signIn'
  // Because a form of the application's own was on a page of its own.
  return loginUrl.startsWith(`${prefix}/`) ? 'startAgain' : 'backToForm'
}

/**
 * The page that a form was sent from; none where the browser does not say, or it was on another site. Threat: its query
 * may hold a secret, and stays out of the page.
 */
function findPageBefore(received: ReceivedRequest, config: WaysOutConfig): Way[] {
  const href = findReturnPlace(received, config).split('?', 1)[0]!
  if (href !== startPage.href) return [{ kind: 'goBack', href }]
  return received.incoming.headers.referer === `${config.publicUrl}/` ? [startPage] : []
}

/** For programs; undefined where signing in would not help, or it takes a choice. */
export function findLoginUrl(
  received: ReceivedRequest,
  refusal: GatewayError,
  config: WaysOutConfig,
): string | undefined {
  const [only, ...others] = findSignIns(received, refusal, config)
  return refusal.options.loginUrl ?? (others.length === 0 ? only?.href : undefined)
}

function findOtherAccounts(
  received: ReceivedRequest,
  refusal: GatewayError,
  config: WaysOutConfig,
): Way[] {
  const elsewhere = received.target === startPage.href ? [] : [startPage]
  const signIns = findSignIns(received, refusal, config)
  if (signIns.length > 0) return [...signIns, ...elsewhere]
  if (received.record.sessionId === undefined) return elsewhere
  // Because the issuer, too, has to forget the account, or it would sign the same one in again. Threat: the
  // address may hold a secret, and a way back is not worth writing it into a page.
  const href = `${config.prefix}/logout`
  return [...elsewhere, { kind: 'switchAccounts', href, isQuiet: true }]
}

/** The sign-ins that count where the one that the person has does not. */
function findSignIns(
  received: ReceivedRequest,
  { options }: GatewayError,
  config: WaysOutConfig,
): Way[] {
  const { providers: counting, signIn } = options
  if (counting === undefined) return []
  const place = findReturnPlace(received, config)
  if (signIn?.signInPage !== undefined) {
    const href = toSignInPage(signIn.signInPage, signIn.returnParameter, place)
    return [{ kind: 'signIn', href }]
  }
  const takesPassword = signIn?.authenticate.includes('password') === true
  const toUrl = takesPassword ? toSignInUrl : toLoginUrl
  return config.providers
    .filter(takesPassword ? isForPassword : isForSignIn)
    .filter(({ id }) => counting.includes(id))
    .map(({ id, displayName }) => ({
      kind: 'signInWith',
      provider: displayName ?? id,
      href: toUrl(config.prefix, place, id),
    }))
}

/** Whether the same request may well succeed a little later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status <= 504 && status !== 501)
}
