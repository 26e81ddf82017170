// Every refusal that can leave Postern, by its public code. The table decides status, words and log level;
// the reference page docs/errors.md is generated from it.

export type ChallengeError =
  | 'none'
  | 'basic'
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

export interface CatalogueRow {
  readonly status: number
  /** What a person reads first: one short sentence, no full stop. */
  readonly title: string
  /** What the person can do now. Never says more than an attacker may know. */
  readonly advice: string
  /**
   * The error of RFC 6750 §3.1 or RFC 9449 §7.1 that goes into WWW-Authenticate; `none` challenges without one,
   * `basic` for a client id and a secret.
   */
  readonly challenge?: ChallengeError
  /** `warn` for what an operator should see, `info` for everyday refusals. */
  readonly logLevel: 'info' | 'warn' | 'error'
}

export const catalogue = {
  // listener
  request_malformed: {
    status: 400,
    title: 'The request is malformed',
    advice: 'Check the address for stray characters and try again.',
    logLevel: 'info',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    advice: 'Check your connection and try again.',
    logLevel: 'info',
  },
  expectation_failed: {
    status: 417,
    title: 'The request expects something that is not offered here',
    advice: 'Send the request without the Expect field.',
    logLevel: 'info',
  },
  fields_too_large: {
    status: 431,
    title: 'The request carries too much header data',
    advice: 'Clear the cookies of this site and try again.',
    logLevel: 'info',
  },
  method_not_supported: {
    status: 501,
    title: 'This method is not supported',
    advice: 'Use one of the methods of HTTP that the application understands.',
    logLevel: 'info',
  },
  loop_detected: {
    status: 508,
    title: 'The request came back to the gateway that sent it',
    advice: 'The operator of this site has to correct where its upstreams point.',
    logLevel: 'error',
  },
  // routing
  target_ambiguous: {
    status: 400,
    title: 'The address can be read in more than one way',
    advice: 'Check the address for encoded or doubled characters and try again.',
    logLevel: 'info',
  },
  route_not_found: {
    status: 404,
    title: 'There is nothing at this address',
    advice: 'Check the address, or go back to where you came from.',
    logLevel: 'info',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method is not allowed here',
    advice: 'Go back and use the links and buttons of the page.',
    logLevel: 'info',
  },
  // authentication
  login_required: {
    status: 401,
    title: 'Sign in to continue',
    advice: 'You are not signed in, or your session has ended. What you sent was not delivered.',
    challenge: 'none',
    logLevel: 'info',
  },
  token_required: {
    status: 401,
    title: 'An access token is needed',
    advice: 'Send one in the Authorization field: Bearer, a space, the token.',
    challenge: 'none',
    logLevel: 'info',
  },
  invalid_request: {
    status: 400,
    title: 'The access token cannot be read',
    advice:
      'Send it once and in one place: in the Authorization field, Bearer, a space, the token.',
    challenge: 'invalid_request',
    logLevel: 'info',
  },
  invalid_token: {
    status: 401,
    title: 'The access token is not accepted',
    advice: 'Ask the issuer for a new one, for this API.',
    challenge: 'invalid_token',
    logLevel: 'info',
  },
  invalid_dpop_proof: {
    status: 401,
    title: 'The proof for the access token is not accepted',
    advice:
      'Send a new one with each request, made for its method and address, by the key of the token.',
    challenge: 'invalid_dpop_proof',
    logLevel: 'info',
  },
  use_dpop_nonce: {
    status: 401,
    title: 'The proof for the access token needs a nonce',
    advice: 'Make a new one with the value of the DPoP-Nonce field, and send the request again.',
    challenge: 'use_dpop_nonce',
    logLevel: 'info',
  },
  proof_store_unavailable: {
    status: 503,
    title: 'Proofs for access tokens cannot be checked for the moment',
    advice: 'Wait a few seconds and send the request again, with a new proof.',
    logLevel: 'error',
  },
  credentials_required: {
    status: 401,
    title: 'A client id and its secret are needed',
    advice: 'Send them by HTTP Basic, as `curl -u ID:SECRET` does.',
    challenge: 'basic',
    logLevel: 'info',
  },
  credentials_malformed: {
    status: 400,
    title: 'The Authorization field cannot be read',
    advice:
      'Send it once: Basic, a space, and in base64 the client id, a colon and the secret, in UTF-8.',
    logLevel: 'info',
  },
  invalid_client: {
    status: 401,
    title: 'The client id and the secret are not accepted',
    advice: 'Check both of them; ask the issuer for a new secret if it is lost.',
    challenge: 'basic',
    logLevel: 'info',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts with wrong credentials',
    advice: 'Wait as long as Retry-After says, and check what you send.',
    logLevel: 'warn',
  },
  session_store_unavailable: {
    status: 503,
    title: 'Sign-in is out of order for the moment',
    advice: 'Wait a few seconds and reload. You stay signed in.',
    logLevel: 'error',
  },
  logout_incomplete: {
    status: 503,
    title: 'Signing out could not be completed',
    advice:
      'This browser has forgotten the session; the sign-in service still knows you. To be safe, close the browser.',
    logLevel: 'error',
  },
  session_too_large: {
    status: 500,
    title: 'Your account has more attributes than fit into a session cookie',
    advice:
      'Tell whoever runs the application: sessions have to be kept in Redis, or fewer claims asked for.',
    logLevel: 'error',
  },
  issuer_unavailable: {
    status: 503,
    title: 'The sign-in service cannot be reached',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
  // authorization
  access_denied: {
    status: 403,
    title: 'You may not use this page',
    advice:
      'You are signed in, but your account lacks the right to see this. Ask whoever runs the application.',
    logLevel: 'info',
  },
  insufficient_scope: {
    status: 403,
    title: 'What you were granted does not cover this',
    advice:
      'Sign in with an account that has the permission, or ask whoever runs the application. A program asks for an access token with the scope that the challenge names.',
    challenge: 'insufficient_scope',
    logLevel: 'info',
  },
  // admission
  quota_exceeded: {
    status: 429,
    title: 'Too many requests',
    advice: 'Wait for as long as the answer says, and call less often.',
    logLevel: 'info',
  },
  route_busy: {
    status: 503,
    title: 'Too many requests are being worked on',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'warn',
  },
  // identity
  identity_too_large: {
    status: 403,
    title: 'Your account has more attributes than fit into a request',
    advice: 'Ask whoever runs the application to send it fewer of them.',
    logLevel: 'warn',
  },
  upstream_user_unknown: {
    status: 403,
    title: 'Your account lacks the name that the application knows people by',
    advice: 'Ask whoever runs the application to give your account one.',
    logLevel: 'warn',
  },
  upstream_credentials_refused: {
    status: 502,
    title: 'The sign-in service does not let this gateway into the application',
    advice: 'Tell whoever runs the application: its log says what to look at.',
    logLevel: 'error',
  },
  upstream_credentials_unavailable: {
    status: 503,
    title: 'What the application wants to see cannot be had at the moment',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
  // forwarding
  content_too_large: {
    status: 413,
    title: 'What you sent is too large',
    advice: 'Send less at once. Whoever runs the application decides how much is taken.',
    logLevel: 'info',
  },
  unsupported_media_type: {
    status: 415,
    title: 'This cannot be read as a form',
    advice: 'Open the page with the form and send it from there.',
    logLevel: 'info',
  },
  upstream_unreachable: {
    status: 502,
    title: 'The application cannot be reached',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
  upstream_invalid_response: {
    status: 502,
    title: 'The application gave an answer that cannot be passed on',
    advice: 'Try again; if it stays, tell whoever runs the application.',
    logLevel: 'error',
  },
  upstream_overloaded: {
    status: 503,
    title: 'The application has more requests than it can answer',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
  upstream_timeout: {
    status: 504,
    title: 'The application took too long to answer',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
  // signing in
  login_attempt_unknown: {
    status: 400,
    title: 'This sign-in was not started here, or too long ago',
    advice:
      'Start again. If it happens twice, check that the browser accepts cookies from this site.',
    logLevel: 'info',
  },
  login_provider_unknown: {
    status: 400,
    title: 'There is no such sign-in service here',
    advice: 'Start again and choose one of those on offer.',
    logLevel: 'info',
  },
  login_loop: {
    status: 400,
    title: 'Signing in goes round in circles',
    advice:
      'You signed in several times within a minute and the browser never brought the session back. Check that it accepts cookies from this site and that the address is the one you were given.',
    logLevel: 'warn',
  },
  form_malformed: {
    status: 400,
    title: 'The sign-in form cannot be read',
    advice: 'Open the page with the form again and send it from there.',
    logLevel: 'info',
  },
  credentials_missing: {
    status: 400,
    title: 'A user name and a password are needed',
    advice: 'Enter both of them.',
    logLevel: 'info',
  },
  wrong_password: {
    status: 401,
    title: 'The user name or the password is wrong',
    advice: 'Check both of them and try again.',
    challenge: 'none',
    logLevel: 'info',
  },
  account_locked: {
    status: 403,
    title: 'This account is locked',
    advice: 'Ask whoever runs the sign-in service to unlock it.',
    logLevel: 'info',
  },
  password_expired: {
    status: 403,
    title: 'The password has to be changed first',
    advice: 'Change it at the sign-in service, then sign in with the new one.',
    logLevel: 'info',
  },
  mfa_required: {
    status: 403,
    title: 'A second factor is needed',
    advice: 'Sign in on the page of the sign-in service, which can ask for it.',
    logLevel: 'info',
  },
  login_refused: {
    status: 403,
    title: 'The sign-in service refused to sign you in',
    advice: 'Try again with another account, or ask whoever runs the application.',
    logLevel: 'info',
  },
  login_misconfigured: {
    status: 403,
    title: 'Signing in is not set up correctly here',
    advice:
      'The sign-in service does not accept this gateway. Tell whoever runs the application: its log says what to look at.',
    logLevel: 'warn',
  },
  login_response_invalid: {
    status: 400,
    title: 'The answer of the sign-in service could not be accepted',
    advice: 'Start again. If it stays, tell whoever runs the application.',
    logLevel: 'warn',
  },
  origin_not_allowed: {
    status: 403,
    title: 'This request came from another site',
    advice: 'Open the page yourself and try again.',
    logLevel: 'warn',
  },
  // anywhere
  internal_error: {
    status: 500,
    title: 'Something went wrong here',
    advice: 'Try again; if it stays, tell whoever runs the application.',
    logLevel: 'error',
  },
} as const satisfies Record<string, CatalogueRow>

export type RefusalCode = keyof typeof catalogue

/** The catalogue's row for a code, at its declared (not its literal) type. */
export function rowOf(code: RefusalCode): CatalogueRow {
  return catalogue[code]
}
