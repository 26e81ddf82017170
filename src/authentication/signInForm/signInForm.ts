// The application's own sign-in form, posted: read here, so that the application never sees the password. The person is
// signed in as by any form of ours, and sent on, or the form is replayed to the application in their name.

import type { Config } from '../../config/config.ts'
import { findFormProvider } from '../../config/routes/formProvider.ts'
import { watchFormPasswords } from '../../config/secrets/formSecrets.ts'
import type { SignInFormConfig } from '../../config/schema/signInForm.ts'
import { Secret } from '../../crypto/secret.ts'
import { withCookies } from '../../errors/gatewayError.ts'
import { respond } from '../../http/respond.ts'
import type { WatchedFiles } from '../../files/watchedFiles.ts'
import type { SignInWithPassword } from '../../oidc/passwords/passwordSignIn.ts'
import type { AuthenticatedRequest, RoutedRequest } from '../../request.ts'
import type { FoundSession, Sessions } from '../../sessions/sessions.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { toPrincipal } from '../session.ts'
import { findDestination, type Destination } from './destination.ts'
import type { Form } from './form.ts'
import { checkAddress, findFormCredentials, type FormCredentials } from './formCredentials.ts'
import { checkOwnForm } from './ownForm.ts'
import { readSignInForm } from './readForm.ts'
import { refuseForm } from './refusedForm.ts'
import { toReplayedContent, type Replay } from './replay.ts'

export interface SignInFormDependencies {
  readonly config: Config
  readonly sessions: Pick<Sessions, 'open'>
  /** Undefined where no provider takes passwords: then no route has a form. */
  readonly signInWithPassword: SignInWithPassword | undefined
  readonly files: WatchedFiles
  readonly metrics: Pick<Metrics, 'logins'>
}

/** A form that was read, and what its route makes of it. */
interface Posted {
  readonly form: Form
  readonly routed: RoutedRequest
  readonly settings: SignInFormConfig
  readonly providerId: string
  /** Undefined where the application does not get the form. */
  readonly replay: Replay | undefined
  /** Where the person goes from here. */
  readonly destination: Destination
}

/**
 * Undefined where the form has been answered; else the same request, to be forwarded with what is left of the form.
 *
 * @throws GatewayError `origin_not_allowed`, `unsupported_media_type`, `form_malformed`, `request_malformed`,
 *   `content_too_large`, `request_timeout`, `credentials_missing`, `wrong_password`, `too_many_attempts`,
 *   `account_locked`, `password_expired`, `mfa_required`, `issuer_unavailable`, `login_misconfigured`,
 *   `upstream_user_unknown`, `session_store_unavailable`, `session_too_large`
 */
export type SignInByForm = (
  routed: RoutedRequest,
  settings: SignInFormConfig,
) => Promise<AuthenticatedRequest | undefined>

export function createSignInForm(dependencies: SignInFormDependencies): SignInByForm {
  const { config, sessions, signInWithPassword, metrics } = dependencies
  watchFormPasswords(config, dependencies.files)

  async function signIn(
    posted: Posted,
    credentials: FormCredentials,
  ): Promise<AuthenticatedRequest | undefined> {
    const { routed, settings, providerId, destination } = posted
    const { received } = routed
    const { username, password } = credentials.typed
    if (signInWithPassword === undefined) throw new Error('a form, and nobody who takes passwords')
    const attempt = {
      providerId,
      username,
      password: new Secret(password),
      clientAddress: received.client.address,
      requestId: received.record.id,
    }
    const result = await signInWithPassword(attempt, (signIn) =>
      // Threat: an id that was there before the sign-in may be known to somebody else; `open` makes a new one.
      sessions.open(signIn, providerId, received.cookies),
    )
    if (result.outcome === 'refused') {
      metrics.logins.inc({ provider: providerId, outcome: 'refused' })
      refuseForm(received, { ...result, ...destination, providerId }, { config, settings })
      return undefined
    }
    const found = result.opened
    metrics.logins.inc({ provider: providerId, outcome: 'completed' })
    received.record.principal = found.session.subject
    received.record.sessionId = found.session.id
    return proceed(posted, credentials, found)
  }

  return async (routed, settings) => {
    const { received } = routed
    checkOwnForm(received, config.publicUrl)
    if (settings.success.replay !== undefined) checkAddress(routed, settings)
    const form = await readSignInForm(routed, settings)
    const credentials = findFormCredentials(form, settings)
    const destination = findDestination(routed, form, { settings, config })
    const providerId = findFormProvider(settings, routed.route, config.providers)
    const replay = findReplay(routed.route, config)
    const posted = { routed, settings, providerId, destination, replay, form }
    if (credentials !== undefined) return signIn(posted, credentials)
    const refusal = { reason: 'incomplete', detail: 'a field is missing or empty' } as const
    refuseForm(received, { ...refusal, ...destination, providerId }, { config, settings })
    return undefined
  }
}

function proceed(
  posted: Posted,
  credentials: FormCredentials,
  { session, setCookies }: FoundSession,
): AuthenticatedRequest | undefined {
  const { form, routed, settings, replay, destination } = posted
  const { received } = routed
  if (replay === undefined) {
    const cookies = setCookies.flatMap((cookie) => ['Set-Cookie', cookie])
    // RFC 9110 §15.4.4: the browser goes there with a GET, and never posts the form again.
    respond(received, { status: 303, fields: ['Location', destination.place, ...cookies] })
    return undefined
  }
  try {
    const { claims } = session
    const content = toReplayedContent(form, credentials, { replay, claims })
    received.replacedContent = { ...content, fieldNames: [settings.user, settings.password] }
  } catch (error) {
    throw withCookies(error, setCookies)
  }
  const { accessToken } = session.tokens
  return { routed, principal: toPrincipal(session), setCookies, accessToken }
}

function findReplay(
  { index, signInForm }: RoutedRequest['route'],
  { formPasswords }: Config,
): Replay | undefined {
  const replay = signInForm?.success.replay
  return replay && { user: replay.user, password: formPasswords[index] }
}
