// Signing in at an issuer that is wholly in a test's hands: it has no form, so that the test plays the
// person and the issuer's authorization endpoint at once.

import type { HttpAnswer, HttpClient } from '../support/httpClient.ts'
import type { RogueIssuer } from '../support/rogueIssuer.ts'
import type { World } from '../support/world.ts'
import { open } from './steps.ts'

export interface BegunLogin {
  readonly client: HttpClient
  /** The authorization request's parameters. */
  readonly asked: URLSearchParams
  /** Comes back from the issuer; undefined leaves a parameter out. */
  comeBack(overrides?: Readonly<Record<string, string | undefined>>): Promise<HttpAnswer>
}

/** Sends somebody to the issuer, and tells the issuer the nonce. */
export async function beginLogin(
  world: Pick<World, 'publicUrl' | 'browser'>,
  rogue: RogueIssuer,
  path = '/orders',
): Promise<BegunLogin> {
  const client = world.browser()
  const answer = await open(client, world.publicUrl + path)
  if (answer.headers.location === undefined) {
    throw new Error(`no redirect to the issuer: ${answer.status} ${answer.text}`)
  }
  const asked = new URL(answer.headers.location).searchParams
  rogue.nonce = asked.get('nonce') ?? undefined
  return {
    client,
    asked,
    comeBack(overrides = {}) {
      const all = { code: 'the-code', state: asked.get('state') ?? undefined, ...overrides }
      const given = new URLSearchParams()
      for (const [name, value] of Object.entries(all))
        if (value !== undefined) given.set(name, value)
      return open(client, `${world.publicUrl}/.postern/callback?${given.toString()}`)
    },
  }
}

/** A browser that has signed in. */
export async function signInAtRogue(
  world: Pick<World, 'publicUrl' | 'browser'>,
  rogue: RogueIssuer,
): Promise<HttpClient> {
  const login = await beginLogin(world, rogue)
  const answer = await login.comeBack()
  if (answer.status !== 302) throw new Error(`not signed in: ${answer.status} ${answer.text}`)
  return login.client
}
