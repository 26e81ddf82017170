// Guessing passwords through the form: how many pass, and what the answers and their times tell.

import { expect, test } from 'vitest'
import type { HttpAnswer } from '../support/httpClient.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import { json } from '../support/rogueAnswers.ts'
import { startRogueIssuer } from '../support/rogueIssuer.ts'
import type { World } from '../support/world.ts'

interface Guess {
  readonly username?: string
  readonly password?: string
  readonly from?: string
}

const listen = { trustedProxies: ['127.0.0.1'] }

async function createGuesser(
  world: World,
  place = '/.postern/sign-in',
): Promise<(guess: Guess) => Promise<HttpAnswer>> {
  const client = world.browser()
  const form = await client.navigate(world.publicUrl + place)
  const token = /name="csrf_token" value="([^"]+)"/.exec(form.text)![1]!
  return ({ username = 'alice', password = 'wrong', from = '192.0.2.1' }) =>
    client.request(world.publicUrl + place, {
      method: 'POST',
      fields: [
        'Accept',
        'text/html',
        'X-Forwarded-For',
        from,
        'Content-Type',
        'application/x-www-form-urlencoded',
      ],
      body: new URLSearchParams({ username, password, csrf_token: token }).toString(),
    })
}

test('of 200 guesses at once, from 200 addresses and in many spellings, ten reach the issuer', async () => {
  await using world = await startPasswordWorld({ config: { listen } })
  const guess = await createGuesser(world)
  const spellings = ['alice', 'ALICE', ' alice', 'ａlice', 'al\u200bice', 'alicé']
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) =>
      guess({ username: spellings[at % spellings.length]!, from: `192.0.2.${at}` }),
    ),
  )
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(190)
  expect(world.issuer.counts.token).toBe(10)
})

test('a locked account is not opened by the right password, and the issuer is not asked', async () => {
  await using world = await startPasswordWorld({ config: { listen } })
  const guess = await createGuesser(world)
  for (let at = 0; at < 10; at += 1) await guess({ from: `192.0.2.${at}` })
  const asked = world.issuer.counts.token
  const answer = await guess({ password: 'alice', from: '198.51.100.7' })
  expect(answer.status).toBe(429)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.text).toContain('Too many attempts.')
  expect(world.issuer.counts.token).toBe(asked)
  expect((await guess({ username: 'bob', password: 'bob', from: '198.51.100.7' })).status).toBe(303)
})

test('two providers of one issuer are no two sets of guesses', async () => {
  await using rogue = await startRogueIssuer()
  rogue.answers.token = json(400, { error: 'invalid_grant' })
  const { issuer } = rogue
  const one = { id: 'one', issuer, clientId: 'one', password: {} }
  const providers = [one, { ...one, id: 'two', clientId: 'two' }]
  const throttling = { account: { failures: 3 }, answerTime: '0s' }
  await using world = await startPasswordWorld({ config: { providers, throttling } })
  const guess = await createGuesser(world, '/.postern/sign-in?provider=one')
  const other = await createGuesser(world, '/.postern/sign-in?provider=two')
  for (let at = 0; at < 3; at += 1) expect((await guess({})).status).toBe(401)
  expect((await other({})).status).toBe(429)
  expect(rogue.counts.token).toBe(3)
})

test('an account can be signed in to again once its wait is over', async () => {
  const throttling = { account: { failures: 2, window: '1s', lockout: '1s' }, answerTime: '0s' }
  await using world = await startPasswordWorld({ config: { listen, throttling } })
  const guess = await createGuesser(world)
  for (let at = 0; at < 3; at += 1) await guess({})
  await expect
    .poll(async () => (await guess({ password: 'alice' })).status, { timeout: 10_000 })
    .toBe(303)
})

test('one address has fifty failures, whatever it writes into X-Forwarded-For', async () => {
  await using world = await startPasswordWorld()
  const guess = await createGuesser(world)
  const statuses: number[] = []
  for (let at = 0; at < 55; at += 1) {
    statuses.push((await guess({ username: `name-${at}`, from: `192.0.2.${at}` })).status)
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(50)
  expect(statuses.slice(50)).toEqual([429, 429, 429, 429, 429])
})

test('an issuer that does not answer uses nobody up', async () => {
  await using world = await startPasswordWorld()
  const guess = await createGuesser(world)
  // Because an issuer that was never read is not asked for anything.
  await guess({})
  await world.issuer.stop()
  for (let at = 0; at < 15; at += 1) expect((await guess({ password: 'alice' })).status).toBe(503)
  await world.issuer.restart()
  expect((await guess({ password: 'alice' })).status).toBe(303)
})

test('an unknown name and a wrong password have the same answer, after a multiple of the same time', async () => {
  await using rogue = await startRogueIssuer()
  await using world = await startPasswordWorld({
    provider: { issuer: rogue.issuer },
    config: { throttling: { answerTime: '400ms' } },
  })
  // As issuers do: a hash is computed where there is such an account alone.
  rogue.answers.token = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const isKnown = Buffer.concat(chunks).includes('username=known')
      const answer = (): void => {
        response.writeHead(400, { 'Content-Type': 'application/json' })
        response.end(JSON.stringify(isKnown ? { code: 2006 } : { code: 2004 }))
      }
      if (isKnown) setTimeout(answer, 100)
      else answer()
    })
  }
  const guess = await createGuesser(world)
  const timed = async (username: string) => {
    const startedAt = performance.now()
    const { status, text } = await guess({ username })
    const elapsed = performance.now() - startedAt
    return { status, elapsed, text: text.replaceAll(username, 'NAME') }
  }
  const [known, unknown] = [await timed('known'), await timed('other')]
  expect(known.text).toBe(unknown.text)
  expect(known.status).toBe(unknown.status)
  // A timer may fire a little early.
  expect(known.elapsed).toBeGreaterThan(395)
  expect(unknown.elapsed).toBeGreaterThan(395)
})

test('who needs a second factor is sent to the page of the issuer, and comes back', async () => {
  await using rogue = await startRogueIssuer()
  await using world = await startPasswordWorld({ provider: { issuer: rogue.issuer } })
  rogue.answers.token = (_request, response) => {
    response.writeHead(403, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ error: 'mfa_required' }))
  }
  const answer = await (await createGuesser(world))({})
  expect(answer.status).toBe(303)
  expect(answer.headers.location).toBe('/.postern/login?rd=%2F&provider=test')
})

test('people who need a second factor lock neither their accounts nor the office that they sit in', async () => {
  await using rogue = await startRogueIssuer()
  const throttling = { account: { failures: 3 }, address: { failures: 5 }, answerTime: '0s' }
  await using world = await startPasswordWorld({
    provider: { issuer: rogue.issuer },
    config: { throttling },
  })
  const guess = await createGuesser(world)
  rogue.answers.token = json(403, { error: 'mfa_required' })
  for (let at = 0; at < 8; at += 1) expect((await guess({})).status).toBe(303)
  rogue.answers.token = json(400, { error: 'invalid_grant' })
  const statuses: number[] = []
  for (let at = 0; at < 4; at += 1) statuses.push((await guess({})).status)
  expect(statuses).toEqual([401, 401, 401, 429])
})
