// An issuer hands out access tokens that cannot stand in a field (RFC 6749 A.12): they are refused by name, and a
// fault of the library, which quotes them, writes none of them into the log.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import type { World } from '../support/world.ts'

let rogue: RogueIssuer
let world: World
beforeAll(async () => {
  rogue = await startRogueIssuer()
  world = await startPasswordWorld({ provider: { issuer: rogue.issuer } })
})
afterAll(async () => {
  await world.stop()
  await rogue[Symbol.asyncDispose]()
})

test.each([
  ['a line break', 'secret-token\r\nX-Evil: 1'],
  ['NUL', 'secret-token\0'],
  ['a space', 'secret-token of somebody'],
  ['letters outside ASCII', 'secret-token密'],
])('a token with %s is refused, and is in no line of the log', async (_, token) => {
  rogue.tokenAnswer = { access_token: token }
  const client = world.browser()
  const form = await client.navigate(`${world.publicUrl}/orders`)
  const answer = await client.submitForm(form, { username: 'mallory', password: 'right' })
  expect(answer.status).toBe(403)
  expect(answer.text).toContain('Signing in is not set up correctly here.')
  expect(world.logText()).not.toContain('secret-token')
})
