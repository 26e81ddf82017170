// The two people of the demo.

export interface Account {
  /** Also the password: this is a demo. */
  readonly login: string
  readonly name: string
  readonly groups: readonly string[]
}

export const accounts: readonly Account[] = [
  { login: 'alice', name: 'Alice Archer', groups: ['staff', 'admins'] },
  { login: 'bob', name: 'Bob Baker', groups: ['staff'] },
]

/** Undefined where the login is unknown or the password is wrong. */
export function findAccountByPassword(login: string, password: string): Account | undefined {
  return accounts.find((account) => account.login === login && password === account.login)
}

/** The claims of OpenID Connect Core 1.0 §5.1, and `groups`. */
export function toClaims(account: Account): { sub: string; [claim: string]: unknown } {
  return {
    sub: account.login,
    preferred_username: account.login,
    name: account.name,
    email: `${account.login}@example.com`,
    email_verified: true,
    groups: account.groups,
  }
}
