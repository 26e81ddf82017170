// Two things at once in one browser: whoever signs in while something of the session before is still underway is that
// person and nobody else afterwards, and what was underway brings nothing back.

import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { asNavigation, fetchAs, open, until } from '../gateway/steps.ts'
import { createTurnableClock } from '../support/clock.ts'
import { startFormWorld } from '../support/formWorld.ts'
import { answerJson, type Answer } from '../support/rogueAnswers.ts'
import { makeIdToken, startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { findSubject } from './signingIn.ts'

/** Whose password it is becomes the subject; answers to refresh tokens wait until they are let go. */
function createSlowRefresh(rogue: RogueIssuer) {
  const waiting: (() => void)[] = []
  async function grant(form: URLSearchParams, response: ServerResponse): Promise<void> {
    if (form.get('grant_type') === 'refresh_token') {
      await new Promise<void>((resolve) => void waiting.push(resolve))
    }
    const subject = form.get('username') ?? form.get('refresh_token')
    rogue.idToken = { claims: { sub: subject } }
    answerJson(response, {
      access_token: `token-of-${subject}`,
      token_type: 'Bearer',
      expires_in: 60,
      refresh_token: subject,
      id_token: await makeIdToken(rogue),
    })
  }
  const answer: Answer = (request, response) => {
    void text(request).then((body) => grant(new URLSearchParams(body), response))
  }
  return { answer, waiting }
}

test.each(['memory', 'cookie'] as const)(
  'a session in the store %s that is refreshed while somebody else signs in is over',
  async (store) => {
    await using rogue = await startRogueIssuer()
    const { answer, waiting } = createSlowRefresh(rogue)
    rogue.answers.token = answer
    rogue.metadata = { userinfo_endpoint: undefined }
    const clock = createTurnableClock()
    await using app = await startFormWorld({
      clock,
      sessions: { store },
      provider: { issuer: rogue.issuer },
    })
    const client = app.world.browser()
    await app.post('login=alice&passwd=x', { client })
    expect(await findSubject(app.world, client)).toBe('alice')
    clock.forward(61)
    const before = client.cookies.fieldFor(app.world.publicUrl)!
    const other = app.world.browser()
    const fields = [...asNavigation, 'Cookie', before]
    const slow = other.request(`${app.world.publicUrl}/orders`, { fields })
    await until(() => waiting.length === 1)

    expect((await app.post('login=bob&passwd=x', { client })).status).toBe(303)
    waiting.forEach((go) => go())
    const late = await slow
    expect(late.status).toBe(302)
    expect(late.setCookies.filter((cookie) => cookie.startsWith('postern='))).toEqual([])
    expect(await findSubject(app.world, client)).toBe('bob')
    expect((await fetchAs(other, `${app.world.publicUrl}/orders`)).status).toBe(401)
  },
)

test('of two sign-ins at once the browser has the session of one, and signing out ends that', async () => {
  await using app = await startFormWorld()
  const client = app.world.browser()
  const answers = await Promise.all([
    app.post('login=alice&passwd=alice', { client }),
    app.post('login=alice&passwd=alice', { client }),
  ])
  expect(answers.map(({ status }) => status)).toEqual([303, 303])
  expect(await findSubject(app.world, client)).toBe('alice')
  const cookie = client.cookies.fieldFor(app.world.publicUrl)!
  await open(client, `${app.world.publicUrl}/.postern/logout`)
  expect(await findSubject(app.world, client)).toBeUndefined()
  const fields = [...asNavigation, 'Cookie', cookie]
  expect((await app.world.browser().request(`${app.world.publicUrl}/x`, { fields })).status).toBe(
    302,
  )
})
