// Refusals of credentials, of sessions and of tokens, and of requests that bring none.

import type { CatalogueRow } from './row.ts'

export const authenticationRefusals = {
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
    advice:
      'This address is for programs. They send one in the Authorization field: Bearer, a space, the token.',
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
      'Send it once: Basic, a space, and in base64 the name or client id, a colon and the password or secret, in UTF-8.',
    logLevel: 'info',
  },
  invalid_client: {
    status: 401,
    title: 'The client id and the secret are not accepted',
    advice: 'Check both of them; ask the issuer for a new secret if it is lost.',
    challenge: 'basic',
    logLevel: 'info',
  },
  password_required: {
    status: 401,
    title: 'A user name and a password are needed',
    advice: 'Send them by HTTP Basic, as `curl -u NAME:PASSWORD` does.',
    challenge: 'basic',
    logLevel: 'info',
  },
  invalid_credentials: {
    status: 401,
    title: 'The user name and the password are not accepted',
    advice: 'Check both of them.',
    challenge: 'basic',
    logLevel: 'info',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    advice: 'Wait before the next one, and check what you send.',
    logLevel: 'warn',
  },
  session_store_unavailable: {
    status: 503,
    title: 'Sign-in is out of order for the moment',
    advice: 'Wait a few seconds and reload. Whoever is signed in stays signed in.',
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
} as const satisfies Record<string, CatalogueRow>
