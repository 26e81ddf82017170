// Everything that must not be written down, gathered while a test runs, and the search for it.

import type { HttpAnswer, HttpClient, RequestOptions } from '../support/httpClient.ts'
import type { TestIssuer } from '../support/issuer.ts'
import type { World } from '../support/world.ts'

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
  const addMembers = (members: unknown, names: readonly string[]): void => {
    if (typeof members !== 'object' || members === null) return
    const byName = new Map<string, unknown>(Object.entries(members))
    for (const name of names) {
      const value = byName.get(name)
      if (typeof value === 'string') secrets.add(name, value)
    }
  }
  provider.on('grant.success', ({ body, oidc }) => {
    addMembers(body, ['id_token', 'access_token', 'refresh_token'])
    addMembers(oidc.params, ['code', 'code_verifier', 'refresh_token'])
  })
  provider.on('grant.error', ({ oidc }) => addMembers(oidc.params, ['code_verifier']))
}

/** A browser of which everything secret is gathered, and every refusal kept. */
export interface Witness {
  readonly client: HttpClient
  readonly visit: (path: string, options?: RequestOptions) => Promise<HttpAnswer>
}

/** Refused answers are appended to `refusals`. */
export function createWitness(world: World, secrets: Secrets, refusals: string[]): Witness {
  const client = world.browser()
  return {
    client,
    visit: async (path, options = {}) => {
      const fields = ['Accept', 'text/html', ...(options.fields ?? [])]
      const url = path.startsWith('http') ? path : world.publicUrl + path
      const answer = await client.request(url, { ...options, fields })
      secrets.addAnswer(answer)
      if (answer.status >= 400) refusals.push(answer.text)
      return answer
    },
  }
}

export async function readMetrics(world: World): Promise<string> {
  return (await world.browser().request(`${world.adminUrl}/metrics`)).text
}
