// What an access token is bound to: its `cnf` (RFC 7800 §3.1). A member that nobody here checks is refused, since
// whoever ignores it makes a bearer token of one that is none.

import type { BearerConfig } from '../../config/schema/bearer.ts'
import { AccessTokenRefused, quote } from './accessTokenRefused.ts'
import { isObject } from './jwt.ts'

/**
 * The kinds of binding: to the hash of a certificate (RFC 8705 §3.1), to the thumbprint of a key (RFC 9449 §6.1).
 * Checked in this order, because a proof counts only once, and a certificate always.
 */
export const confirmationMembers = ['x5t#S256', 'jkt'] as const

/** Whoever adds one has to say how its possession is checked (authentication/bearer/possession.ts). */
export type ConfirmationMember = (typeof confirmationMembers)[number]

export type Confirmation = { readonly [member in ConfirmationMember]?: string }

export interface ConfirmationRules {
  /** The kinds whose possession is checked for this provider. */
  readonly checked: readonly ConfirmationMember[]
  /** Those that every token needs to have. */
  readonly required: readonly ConfirmationMember[]
}

const maxLength = 255

export function toConfirmationRules({ dpop, certificateBound }: BearerConfig): ConfirmationRules {
  const required: ConfirmationMember[] = []
  if (certificateBound === 'required') required.push('x5t#S256')
  if (dpop?.required === true) required.push('jkt')
  return { checked: dpop === undefined ? ['x5t#S256'] : ['x5t#S256', 'jkt'], required }
}

/** Undefined for a bearer token. @throws AccessTokenRefused */
export function parseConfirmation(
  cnf: unknown,
  checked: readonly string[],
): Confirmation | undefined {
  if (cnf === undefined) return undefined
  const members = isObject(cnf) ? Object.entries(cnf) : []
  // Threat: a binding that cannot be read, taken for none.
  if (members.length === 0) throw new AccessTokenRefused('bound', 'cnf: says nothing')
  for (const [member, value] of members) {
    if (!checked.includes(member)) {
      throw new AccessTokenRefused('bound', `cnf: ${quote(member)} is not checked here`)
    }
    if (typeof value !== 'string' || value === '' || value.length > maxLength) {
      throw new AccessTokenRefused('bound', `cnf: ${member} is ${quote(value)}`)
    }
  }
  return Object.fromEntries(members)
}

/** @throws AccessTokenRefused */
export function checkRequired(
  found: Confirmation | undefined,
  required: ConfirmationRules['required'],
): void {
  const lacking = required.find((member) => found?.[member] === undefined)
  if (lacking !== undefined) throw new AccessTokenRefused('bound', `cnf: has no ${lacking}`)
}

/**
 * What both a token and the issuer's answer about it say.
 *
 * @throws AccessTokenRefused where they contradict each other
 */
export function joinConfirmations(
  one: Confirmation | undefined,
  other: Confirmation | undefined,
): Confirmation | undefined {
  if (one === undefined || other === undefined) return one ?? other
  const said = new Map(Object.entries(one))
  for (const [member, value] of Object.entries(other)) {
    if ((said.get(member) ?? value) === value) continue
    throw new AccessTokenRefused('bound', `introspection: ${member} of cnf is another`)
  }
  return { ...one, ...other }
}
