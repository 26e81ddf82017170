import type { Route } from '../config/routes/route.ts'
import { GatewayError } from './gatewayError.ts'

/** For whoever came with nothing to a route where a session does not count: what would count is what it says. */
export function toMachineCredentialsRequired({
  authenticate,
}: Pick<Route, 'authenticate'>): GatewayError {
  const takesPasswords = authenticate.includes('basic-password')
  const takesSecrets = takesPasswords || authenticate.includes('client-credentials')
  if (!authenticate.includes('bearer')) {
    return takesPasswords
      ? new GatewayError('password_required', 'no user name and password')
      : new GatewayError('credentials_required', 'no client id and secret')
  }
  return new GatewayError(
    'token_required',
    'no access token',
    takesSecrets ? { orBasic: true } : {},
  )
}
