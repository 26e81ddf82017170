// Everything that must not be written down, gathered while a test runs, and the search for it.

import type { HttpAnswer } from '../support/httpClient.ts'
import type { TestIssuer } from '../support/issuer.ts'

export interface Secrets {
  /** What has been gathered under each kind. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<string>>
  add(kind: string, ...values: readonly (string | undefined)[]): void
  /** Every Set-Cookie value, and the parameters of a Location. */
  addAnswer(answer: HttpAnswer): void
  /** What of it stands in the text, in any spelling: `kind: value`. */
  findIn(text: string): string[]
}

// Because a shorter piece may stand anywhere by chance.
const shortest = 8

export function createSecrets(): Secrets {
  const kinds = new Map<string, Set<string>>()

  function add(kind: string, ...values: readonly (string | undefined)[]): void {
    const known = kinds.get(kind) ?? new Set()
    kinds.set(kind, known)
    for (const value of values) {
      for (const piece of piecesOf(value ?? '')) if (piece.length >= shortest) known.add(piece)
    }
  }

  return {
    kinds,
    add,
    addAnswer({ setCookies, headers, url }) {
      for (const cookie of setCookies) {
        add('cookie', cookie.slice(cookie.indexOf('=') + 1).split(';', 1)[0])
      }
      const { searchParams } = new URL(headers.location ?? '', url)
      for (const name of ['state', 'nonce', 'code', 'code_challenge', 'id_token_hint']) {
        add(name, searchParams.get(name) ?? '')
      }
    },
    findIn: (text) =>
      [...kinds].flatMap(([kind, values]) =>
        [...values]
          .filter((value) => spellingsOf(value).some((spelling) => text.includes(spelling)))
          .map((value) => `${kind}: ${value}`),
      ),
  }
}

/** The whole, and the parts of a ticket, a seal or a JWT. */
function piecesOf(value: string): string[] {
  return [value, ...value.split(/[.*~]/).filter((part) => part.length >= 16)]
}

function spellingsOf(value: string): string[] {
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
    Buffer.from(value).toString('hex'),
  ]
}

/** Tokens, codes and verifiers, as the issuer sees them. */
export function gatherFromIssuer(secrets: Secrets, { provider }: TestIssuer): void {
  provider.on('grant.success', ({ body, oidc }) => {
    const answer = body as Readonly<Record<string, string>>
    for (const name of ['id_token', 'access_token', 'refresh_token'])
      secrets.add(name, answer[name])
    secrets.add('code_verifier', String(oidc.params?.['code_verifier'] ?? ''))
    secrets.add('code', String(oidc.params?.['code'] ?? ''))
  })
  provider.on('grant.error', ({ oidc }) => {
    secrets.add('code_verifier', String(oidc.params?.['code_verifier'] ?? ''))
  })
}
