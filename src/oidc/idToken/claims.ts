// Which claims a session keeps, and which of them the ID Token alone may say.

import type { ClaimValue, Claims, SignIn, TokenSet } from '../../sessions/session.ts'

// What a token says about itself: of no use once it has been verified.
// Threat: of a person who signs in, `client_id` would name a client that they have never used.
const aboutTheToken = new Set([
  ...'aud azp client_id exp iat nbf jti nonce at_hash c_hash s_hash'.split(' '),
  ...'typ _claim_names _claim_sources'.split(' '),
])

// Threat: userinfo is not signed; whom, by whom, in which session and how is the ID Token's to say.
const aboutTheLogin = new Set('iss sub sid auth_time acr amr'.split(' '))

type ReadClaims = Readonly<Record<string, ClaimValue | undefined>>

/** The claims of a verified ID Token without those about the token itself. */
export function toSessionClaims(idTokenClaims: ReadClaims): Claims {
  return select(idTokenClaims, (name) => !aboutTheToken.has(name))
}

/** Userinfo is asked later, so where both say something, it is right; but never about the login. */
export function withUserinfo(claims: Claims, userinfo: Claims): Claims {
  const profile = select(userinfo, (name) => !aboutTheToken.has(name) && !aboutTheLogin.has(name))
  return { ...claims, ...profile }
}

/** `neededClaims` as the configuration names them: where a dot steps into an object, the object counts. */
export function isAnyMissing(claims: Claims, neededClaims: readonly string[]): boolean {
  return neededClaims.some(
    (name) => !Object.hasOwn(claims, name) && !Object.hasOwn(claims, outermost(name)),
  )
}

function outermost(name: string): string {
  return name.split('.', 1)[0] ?? name
}

/** The needed claims that are missing, as they were before. */
export function withPreviousClaims(
  claims: Claims,
  previous: Claims,
  neededClaims: readonly string[],
): Claims {
  const needed = new Set([...neededClaims, ...neededClaims.map(outermost)])
  // Threat: without the word that it is not verified, an address would count.
  if (needed.has('email')) needed.add('email_verified')
  return { ...select(previous, (name) => needed.has(name)), ...claims }
}

/** What is left without these; never without `sub`. */
export function withoutClaims(claims: Claims, names: readonly string[]): Claims {
  const dropped = new Set([...names, ...names.map(outermost)])
  return select(claims, (name) => name === 'sub' || !dropped.has(name))
}

/** `claims` are those of a verified ID Token, perhaps with userinfo's. */
export function toSignIn(issuer: string, claims: Claims, tokens: TokenSet): SignIn {
  const { sub, sid } = claims
  return {
    issuer,
    subject: typeof sub === 'string' ? sub : '',
    ...(typeof sid === 'string' ? { issuerSessionId: sid } : {}),
    claims,
    tokens,
  }
}

function select(claims: ReadClaims, isKept: (name: string) => boolean): Claims {
  const kept: [string, ClaimValue][] = []
  for (const [name, value] of Object.entries(claims)) {
    if (value !== undefined && isKept(name)) kept.push([name, value])
  }
  return Object.fromEntries(kept)
}
