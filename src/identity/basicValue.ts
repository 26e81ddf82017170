import type { Secret } from '../crypto/secret.ts'
import type { Principal } from '../request.ts'
import { findIdentityClaim } from './principalFields.ts'

/**
 * The value of Authorization, in UTF-8. Undefined where the claim holds no user name: RFC 7617 §2 allows no colon
 * and no control characters. Threat: `a:b` with the password `c` is `a` with `b:c` to whoever reads it.
 */
export function toBasicValue(
  principal: Principal,
  userClaim: string,
  password: Secret,
): string | undefined {
  const user = findIdentityClaim(principal, userClaim)
  if (typeof user !== 'string' && typeof user !== 'number') return undefined
  const text = String(user)
  if (text === '' || /[:\p{Cc}]/u.test(text)) return undefined
  // Threat: half a surrogate pair has no UTF-8, and all of them would be written as U+FFFD.
  if (!text.isWellFormed()) return undefined
  return `Basic ${Buffer.from(`${text}:${password.reveal()}`).toString('base64')}`
}
