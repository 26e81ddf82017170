// An access token in the address of a page: the browser would write it into the Referer of all that the page asks for,
// and so into the logs of the application, which is not to get it.

import { expect, test } from 'vitest'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import { startRogueIssuer } from '../support/rogueIssuer.ts'
import { startUpstream } from '../support/upstream.ts'
import { startWorld } from '../support/world.ts'

test('a page that was opened with a token in its address gives the address to nobody', async () => {
  await using stack = new AsyncDisposableStack()
  const rogue = await startRogueIssuer()
  stack.defer(() => rogue.stop())
  const upstream = stack.use(
    await startUpstream((_request, response) => {
      response.setHeader('Referrer-Policy', 'unsafe-url').end()
    }),
  )
  const world = stack.use(
    await startWorld({
      upstream,
      config: {
        providers: [{ id: 'rogue', issuer: rogue.issuer, bearer: { audiences: [rogueApi] } }],
      },
      routes: [
        {
          match: { path: '/**' },
          authenticate: ['bearer'],
          bearerMethods: { query: true },
          upstream: 'app',
        },
      ],
    }),
  )
  const token = await makeAccessToken(rogue)
  const policiesOf = async (target: string, fields: readonly string[] = []) => {
    const answer = await world.browser().request(world.publicUrl + target, { fields })
    expect(answer.status).toBe(200)
    return String(answer.headers['referrer-policy']).split(', ')
  }
  // Referrer Policy §8.1: of several, the last one that is known counts.
  expect((await policiesOf(`/page?access_token=${token}`)).at(-1)).toBe('strict-origin')
  expect(await policiesOf('/page', ['Authorization', `Bearer ${token}`])).toEqual(['unsafe-url'])
})
