import { describe, expect, test } from 'vitest'
import {
  aRenewingIssuer,
  aSignIn,
  Browser,
  FakeClock,
  FakeIssuer,
  refusalOf,
  signIn,
  startRedisReplica,
  startReplica,
  startTestRedis,
  until,
  withoutRefreshToken,
  type Replica,
} from './world.ts'

const stores = ['cookie', 'memory'] as const

describe.each(stores)('with the %s store', (store) => {
  test('a session whose access token is over is refreshed once for 50 requests', async () => {
    const clock = new FakeClock()
    const issuer = aRenewingIssuer(clock)
    const replica = startReplica({ store, clock, issuer })
    const { browser, session } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(269)
    expect((await replica.lookUp(browser.header))?.session.tokens.accessToken).toBe(
      'the-access-token',
    )
    clock.advance(32)
    const found = await Promise.all(
      Array.from({ length: 50 }, () => replica.lookUp(browser.header)),
    )
    expect(issuer.calls).toHaveLength(1)
    for (const each of found) {
      expect(each?.session.tokens.accessToken).toBe('access-token-1')
      expect(each?.session.claims).toEqual({ sub: 'person-1', groups: ['group-1'] })
      expect(each?.session.id).toBe(session.id)
      expect(each?.session.endsAt).toBe(session.endsAt)
      expect(each?.session.createdAt).toBe(session.createdAt)
    }
    browser.accept(found[0]?.setCookies ?? [])
    expect((await replica.lookUp(browser.header))?.session.tokens.refreshToken).toBe(
      'refresh-token-1',
    )
    expect(issuer.calls).toHaveLength(1)
  })

  test('a refused refresh ends the session', async () => {
    const clock = new FakeClock()
    const issuer = new FakeIssuer(() => ({ outcome: 'ended', detail: 'invalid_grant' }))
    const replica = startReplica({ store, clock, issuer })
    const { browser, session } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(301)
    expect(await replica.lookUp(browser.header)).toBeUndefined()
    expect(await replica.lookUp(browser.header)).toBeUndefined()
    expect(issuer.calls).toHaveLength(1)
    expect(replica.endedIds).toEqual([session.id])
  })

  test('a refreshed ID Token about somebody else ends the session', async () => {
    const clock = new FakeClock()
    const issuer = new FakeIssuer(() => ({
      outcome: 'refreshed',
      signIn: aSignIn(clock.now(), { subject: 'person-2' }),
    }))
    const replica = startReplica({ store, clock, issuer })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(301)
    expect(await replica.lookUp(browser.header)).toBeUndefined()
  })

  test('while the issuer is away and the access token is valid, the session is served as it is', async () => {
    const clock = new FakeClock()
    const issuer = new FakeIssuer(() => ({ outcome: 'unavailable', detail: 'no answer' }))
    const replica = startReplica({ store, clock, issuer })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(275)
    const found = await replica.lookUp(browser.header)
    expect(found?.session.tokens.accessToken).toBe('the-access-token')
    expect(replica.find(browser.accept(found?.setCookies ?? []).header)).not.toBeInstanceOf(Promise)
    expect(issuer.calls).toHaveLength(1)
  })

  test('a failed refresh is not tried again for 30 seconds, and then it is', async () => {
    const clock = new FakeClock()
    const issuer = new FakeIssuer(() => ({ outcome: 'unavailable', detail: 'no answer' }))
    const replica = startReplica({ store, clock, issuer })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(301)
    expect(await refusalOf(replica.lookUp(browser.header))).toBe('issuer_unavailable')
    clock.advance(29)
    expect(await refusalOf(replica.lookUp(browser.header))).toBe('issuer_unavailable')
    expect(issuer.calls).toHaveLength(1)
    issuer.answer = aRenewingIssuer(clock).answer
    clock.advance(1)
    const found = await replica.lookUp(browser.header)
    expect(found?.session.tokens.accessToken).toMatch(/^access-token-/)
    expect(issuer.calls).toHaveLength(2)
  })

  test('onIssuerOutage: serve keeps serving, without the old access token', async () => {
    const clock = new FakeClock()
    const issuer = new FakeIssuer(() => ({ outcome: 'unavailable', detail: 'no answer' }))
    const replica = startReplica({ store, clock, issuer, onIssuerOutage: 'serve' })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(301)
    const found = await replica.lookUp(browser.header)
    expect(found?.session.subject).toBe('person-1')
    expect(found?.session.tokens).not.toHaveProperty('accessToken')
    expect(issuer.calls).toHaveLength(1)
  })

  test('without a refresh token the session lives on, and the access token goes at its end', async () => {
    const clock = new FakeClock()
    const issuer = new FakeIssuer(() => ({ outcome: 'ended', detail: 'must not be asked' }))
    const replica = startReplica({ store, clock, issuer })
    const { browser } = await signIn(replica, withoutRefreshToken(aSignIn(clock.now())))
    clock.advance(299)
    expect((await replica.lookUp(browser.header))?.session.tokens.accessToken).toBe(
      'the-access-token',
    )
    clock.advance(1)
    const found = await replica.lookUp(browser.header)
    expect(found?.session.tokens).not.toHaveProperty('accessToken')
    expect(found?.session.tokens.idToken).toBe('the-id-token')
    expect(issuer.calls).toHaveLength(0)
  })

  test('a logout while a refresh is in flight wins', async () => {
    const clock = new FakeClock()
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    const renewing = aRenewingIssuer(clock)
    const issuer = new FakeIssuer(async (session) => {
      await answered
      return renewing.answer(session)
    })
    const replica = startReplica({ store, clock, issuer })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(301)
    const underway = replica.lookUp(browser.header)
    await expect.poll(() => issuer.calls.length).toBe(1)
    await replica.end(browser.header)
    answer()
    expect(await underway).toBeUndefined()
    expect(await replica.lookUp(browser.header)).toBeUndefined()
  })

  test('an issuer whose tokens are over on arrival is asked once a second at most', async () => {
    const clock = new FakeClock()
    const issuer = aRenewingIssuer(clock, 0)
    const replica = startReplica({ store, clock, issuer })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(301)
    for (let count = 0; count < 5; count += 1) {
      const found = await replica.lookUp(browser.header)
      expect(found?.session.tokens).not.toHaveProperty('accessToken')
      browser.accept(found?.setCookies ?? [])
    }
    expect(issuer.calls).toHaveLength(1)
  })
})

describe.each(stores)('an access token that is about to end, with the %s store', (store) => {
  async function startDue(answer: (renewing: FakeIssuer) => FakeIssuer['answer']) {
    const clock = new FakeClock()
    const issuer = new FakeIssuer(answer(aRenewingIssuer(clock)))
    const replica = startReplica({ store, clock, issuer })
    const { browser, session } = await signIn(replica, aSignIn(clock.now()))
    clock.advance(271)
    return { clock, issuer, replica, browser, session }
  }

  async function startWaiting() {
    const { promise: answered, resolve: release } = Promise.withResolvers<void>()
    const world = await startDue((renewing) => async (session) => {
      await answered
      return renewing.refresh(session)
    })
    return { ...world, release }
  }

  test('keeps nobody waiting for the issuer, who is asked once', async () => {
    const { clock, issuer, replica, browser } = await startWaiting()
    for (let count = 0; count < 10; count += 1) {
      const found = await replica.lookUp(browser.header)
      expect(found?.session.tokens.accessToken).toBe('the-access-token')
      browser.accept(found?.setCookies ?? [])
      clock.advance(2)
    }
    expect(issuer.calls).toHaveLength(1)
  })

  test('is replaced by the next request once the issuer has answered', async () => {
    const { replica, browser, issuer, release } = await startWaiting()
    browser.accept((await replica.lookUp(browser.header))?.setCookies ?? [])
    release()
    await until(async () => {
      const found = await replica.lookUp(browser.header)
      browser.accept(found?.setCookies ?? [])
      return found?.session.tokens.accessToken === 'access-token-1'
    })
    expect((await replica.lookUp(browser.header))?.session.claims['groups']).toEqual(['group-1'])
    expect(issuer.calls).toHaveLength(1)
  })

  test('is waited for by requests that come when it is over', async () => {
    const { clock, replica, browser, release, issuer } = await startWaiting()
    browser.accept((await replica.lookUp(browser.header))?.setCookies ?? [])
    clock.advance(30)
    const underway = replica.lookUp(browser.header)
    release()
    expect((await underway)?.session.tokens.accessToken).toBe('access-token-1')
    expect(issuer.calls).toHaveLength(1)
  })

  test('whose refresh is refused ends the session from then on', async () => {
    const { replica, browser, session } = await startDue(() => () => ({
      outcome: 'ended',
      detail: 'invalid_grant',
    }))
    const found = await replica.lookUp(browser.header)
    browser.accept(found?.setCookies ?? [])
    await until(() => replica.endedIds.includes(session.id))
    expect(await replica.lookUp(browser.header)).toBeUndefined()
  })

  test('leaves a browser signed in that comes back long after the refresh', async () => {
    const { clock, replica, browser } = await startDue((renewing) => renewing.refresh)
    browser.accept((await replica.lookUp(browser.header))?.setCookies ?? [])
    await until(async () => (await countRefreshed(replica)) === 1)
    clock.advance(200)
    const found = await replica.lookUp(browser.header)
    expect(found?.session.tokens.accessToken).toBe('access-token-1')
    browser.accept(found?.setCookies ?? [])
    clock.advance(61)
    expect(await replica.lookUp(browser.header)).toBeDefined()
  })
})

test('a refresh in the background that fails is in the log, and ends no process', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const renewing = aRenewingIssuer(clock)
  const issuer = new FakeIssuer(async (session) => {
    redis.pause()
    return renewing.refresh(session)
  })
  const replica = await startRedisReplica(redis, { clock, issuer, commandTimeoutMs: 100 })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  clock.advance(271)
  expect(await replica.lookUp(browser.header)).toBeDefined()
  await until(() => replica.log.lines.some(({ sentence }) => sentence === 'refresh: failed'))
  redis.resume()
  await until(() => replica.isReady())
  clock.advance(30)
  const found = await replica.lookUp(browser.header)
  expect(found?.session.tokens.accessToken).toBe('access-token-1')
  expect(issuer.calls).toHaveLength(1)
})

async function countRefreshed(replica: Replica): Promise<number> {
  const { values } = await replica.metrics.refreshes.get()
  return values.find(({ labels }) => labels.outcome === 'refreshed')?.value ?? 0
}

async function refreshedWorld() {
  const clock = new FakeClock()
  const issuer = aRenewingIssuer(clock)
  const replica = startReplica({ store: 'cookie', clock, issuer })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  const before = browser.header
  clock.advance(301)
  const found = await replica.lookUp(before)
  return { clock, issuer, replica, before, after: browser.accept(found?.setCookies ?? []).header }
}

describe('the cookie from before a refresh (cookie store)', () => {
  test('is served for 60 s with the new tokens, and replaced', async () => {
    const { clock, issuer, replica, before, after } = await refreshedWorld()
    clock.advance(59)
    const found = await replica.lookUp(before)
    expect(found?.session.tokens.accessToken).toBe('access-token-1')
    expect(new Browser().accept(found?.setCookies ?? []).cookies.size).toBe(1)
    expect(issuer.calls).toHaveLength(1)
    expect((await replica.lookUp(after))?.session).toEqual(found?.session)
  })

  test('is no session after that, and its refresh token is never sent again', async () => {
    const { clock, issuer, replica, before, after } = await refreshedWorld()
    clock.advance(60)
    expect(await replica.lookUp(before)).toBeUndefined()
    expect(issuer.calls).toHaveLength(1)
    expect((await replica.lookUp(after))?.session.tokens.accessToken).toBe('access-token-1')
  })

  test('refused by the issuer on another replica, it does not take the new cookie with it', async () => {
    const { clock, before, after } = await refreshedWorld()
    const refusing = new FakeIssuer(() => ({ outcome: 'ended', detail: 'invalid_grant' }))
    const other = startReplica({ store: 'cookie', clock, issuer: refusing })
    expect(await other.lookUp(before)).toBeUndefined()
    expect((await other.lookUp(after))?.session.tokens.accessToken).toBe('access-token-1')
  })
})
