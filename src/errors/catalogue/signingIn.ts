// Refusals while a person signs in, at the issuer or by a form.

import type { CatalogueRow } from './row.ts'

export const signingInRefusals = {
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
} as const satisfies Record<string, CatalogueRow>
