import { expect, test } from 'vitest'
import { findPasswordRefusal } from '../../../../src/oidc/passwords/passwordRefusal.ts'

test.each<[string, number, Record<string, unknown> | undefined, string]>([
  ['invalid_grant alone', 400, { error: 'invalid_grant' }, 'wrong_credentials'],
  [
    'invalid_grant with words of its own',
    400,
    { error: 'invalid_grant', error_description: 'Invalid user credentials' },
    'wrong_credentials',
  ],
  ['a 401 without any name', 401, undefined, 'wrong_credentials'],
  ['an error nobody knows', 403, { error: 'computer_says_no' }, 'wrong_credentials'],
  [
    'a locked account (Keycloak)',
    400,
    { error: 'invalid_grant', error_description: 'Account disabled' },
    'account_locked',
  ],
  [
    'an account that has to do something first (Keycloak)',
    400,
    { error: 'invalid_grant', error_description: 'Account is not fully set up' },
    'password_expired',
  ],
  [
    'an expired password (Entra ID)',
    400,
    { error: 'invalid_grant', error_description: 'AADSTS50055: The password is expired.' },
    'password_expired',
  ],
  [
    'a second factor (Entra ID)',
    400,
    { error: 'invalid_grant', error_description: 'AADSTS50076: ... multi-factor ...' },
    'mfa_required',
  ],
  ['a second factor (Auth0)', 403, { error: 'mfa_required', mfa_token: 'x' }, 'mfa_required'],
  ['too many attempts (Auth0)', 429, { error: 'too_many_attempts' }, 'rate_limited'],
  ['a locked account (GenAuth)', 400, { code: 2005, message: '用户已锁定' }, 'account_locked'],
  ['an unknown user (GenAuth)', 400, { code: 2004 }, 'wrong_credentials'],
  ['a wrong password (GenAuth)', 200, { code: 2006, data: null }, 'wrong_credentials'],
  ['a second factor (GenAuth)', 200, { statusCode: 499, apiCode: 1636 }, 'mfa_required'],
  [
    'an expired password in Chinese',
    400,
    { error: 'x', message: '密码已过期' },
    'password_expired',
  ],
  ['a client that is not known', 401, { error: 'invalid_client' }, 'misconfigured'],
  ['a grant that is not allowed', 400, { error: 'unauthorized_client' }, 'misconfigured'],
  ['no such address', 404, undefined, 'misconfigured'],
  ['a 200 that holds nothing', 200, {}, 'misconfigured'],
  ['a fault of its own', 500, { error: 'invalid_grant' }, 'unavailable'],
  ['a gateway in front of it', 502, undefined, 'unavailable'],
  ['temporarily_unavailable', 400, { error: 'temporarily_unavailable' }, 'unavailable'],
])('%s', (_, status, members, reason) => {
  expect(findPasswordRefusal(status, members)?.reason).toBe(reason)
})

test('tokens are no refusal', () => {
  expect(findPasswordRefusal(200, { access_token: 'x' })).toBeUndefined()
})

test('what goes to the log has a status and a code, and nothing that the issuer worded', () => {
  const members = { error: 'my password', error_description: 'my password', code: 2006 }
  expect(findPasswordRefusal(400, members)?.detail).toBe(
    'the token endpoint answered 400 an error code that is none 2006',
  )
})

test.each<[string, number, Record<string, unknown>, boolean]>([
  ['a second factor, by its code', 403, { error: 'mfa_required' }, false],
  [
    'a second factor (Entra ID)',
    400,
    describe('AADSTS50076: Due to a configuration change'),
    false,
  ],
  ['an expired password (Entra ID)', 400, describe('AADSTS50055: The password is expired.'), false],
  ['a second factor (GenAuth)', 200, { apiCode: 1636 }, false],
  ['a first sign-in (GenAuth)', 400, { code: 1639 }, false],
  // What an issuer says in words it may say of a wrong one, too.
  ['a second factor, in words', 400, describe('wrong password or OTP'), true],
  ['an expired password, in words', 400, describe('wrong, or your password has expired'), true],
  ['a picture to be read (GenAuth)', 400, { code: 2000, error: 'mfa_required' }, true],
  ['a locked account', 400, { error: 'account_locked' }, true],
  ['too many attempts', 429, { error: 'mfa_required' }, true],
  ['a fault of its own', 503, {}, true],
  ['a wrong password', 400, { error: 'invalid_grant' }, true],
])('%s: whether it counts as a wrong password', (_, status, members, isCounted) => {
  expect(findPasswordRefusal(status, members)?.isCounted).toBe(isCounted)
})

function describe(text: string): Record<string, unknown> {
  return { error: 'invalid_grant', error_description: text }
}
