import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startRedis } from '../../support/redis.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const lastRefusal = () => world.records.at(-1)!.refusal
const stateOf = (url: string) => new URL(url).searchParams.get('state')!

function withParameter(url: string, name: string, value: string | undefined): string {
  const changed = new URL(url)
  if (value === undefined) changed.searchParams.delete(name)
  else changed.searchParams.set(name, value)
  return changed.href
}

describe('an answer of the issuer', () => {
  test('that was made for another browser signs nobody in', async () => {
    const attacker = world.browser()
    const victim = world.browser()
    const callback = await attacker.beginLogin('/')
    const answer = await victim.go(callback)
    expect(answer.headers.location).toMatch(`${world.issuer.issuer}/auth`)
    expect(world.sessions.live.size).toBe(0)
    expect(world.issuer.counts.token).toBe(0)
  })

  test('to nobody is answered by one new start, then explained', async () => {
    const browser = world.browser()
    const first = await browser.go('/.postern/callback?code=1&state=unknown')
    expect(first.status).toBe(302)
    browser.cookies.clear()
    const second = await browser.go(await world.issuer.signInOverHttp(first.headers.location!))
    expect(second.status).toBe(400)
    expect(lastRefusal()).toBe('login_attempt_unknown')
    expect(second.text).toContain('href="/.postern/login?rd=%2F"')
    expect(world.issuer.counts.token).toBe(0)
  })

  test('to nobody, asked for by a script, starts nothing', async () => {
    const answer = await world
      .browser()
      .request(`${world.origin}/.postern/callback?code=1&state=x`, {
        fields: ['Sec-Fetch-Mode', 'cors'],
      })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'login_attempt_unknown', status: 400 })
    expect(answer.setCookies).toEqual([])
  })

  test('after the new start signs the person in', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/.postern/callback?code=1&state=unknown')
    const answer = await browser.go(callback)
    expect(answer.headers.location).toBe('/')
    expect(world.sessions.live.size).toBe(1)
  })

  test.each(['code', 'state', 'iss', 'session_state', 'error'])(
    'with two values for %s is refused before anything is redeemed',
    async (name) => {
      const browser = world.browser()
      const callback = await browser.beginLogin('/')
      const doubled = `${callback}&${name}=1&${name}=2`
      const answer = await browser.go(doubled)
      expect(answer.status).toBe(400)
      expect(lastRefusal()).toBe('login_response_invalid')
      expect(world.records.at(-1)!.detail).toBe(`${name}: came twice`)
      expect(world.issuer.counts.token).toBe(0)
    },
  )

  test('with a parameter twice that is none of the protocol is refused without its name in the log', async () => {
    const answer = await world.browser().go('/.postern/callback?state=x&s3cret=1&s3cret=2')
    expect(answer.status).toBe(400)
    expect(world.records.at(-1)!.detail).toBe('a parameter: came twice')
  })

  test.each([undefined, ''])('without a state (%s) is refused', async (state) => {
    const browser = world.browser()
    const answer = await browser.go(withParameter(await browser.beginLogin('/'), 'state', state))
    expect(answer.status).toBe(400)
    expect(lastRefusal()).toBe('login_response_invalid')
  })

  test('of another issuer is refused before anything is redeemed', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/orders')
    const answer = await browser.go(withParameter(callback, 'iss', 'https://evil.example'))
    expect(answer.status).toBe(400)
    expect(lastRefusal()).toBe('login_response_invalid')
    expect(answer.text).toContain('href="/.postern/login?rd=%2Forders"')
    expect(world.issuer.counts.token).toBe(0)
    expect(world.sessions.live.size).toBe(0)
  })

  test('that says no is refused with a page that shows none of its words', async () => {
    const browser = world.browser()
    const state = stateOf(await browser.beginLogin('/'))
    const words = 'error=access_denied&error_description=<script>alert(1)</script>'
    const iss = encodeURIComponent(world.issuer.issuer)
    const answer = await browser.go(
      `/.postern/callback?state=${state}&iss=${iss}&${encodeURI(words)}`,
    )
    expect(answer.status).toBe(403)
    expect(lastRefusal()).toBe('login_refused')
    expect(answer.text).not.toContain('alert')
  })

  test('with a code that the issuer does not know signs nobody in, and the attempt is over', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/')
    const answer = await browser.go(withParameter(callback, 'code', 'made-up'))
    expect([400, 403]).toContain(answer.status)
    expect(answer.setCookies.join()).toMatch(/postern-login-[\w-]{10}=;.*Max-Age=0/)
    expect((await browser.go(callback)).headers.location).toMatch(`${world.issuer.issuer}/auth`)
    expect(world.sessions.live.size).toBe(0)
  })

  test('ten minutes late is answered by a new start', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/')
    world.clock.offset = 601
    expect((await browser.go(callback)).headers.location).toMatch(`${world.issuer.issuer}/auth`)
    expect(world.issuer.counts.token).toBe(0)
  })

  test.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])(
    'asked for by %s redeems nothing',
    async (method) => {
      const browser = world.browser()
      const callback = await browser.beginLogin('/')
      const answer = await browser.request(callback, { method })
      expect(answer.status).toBe(405)
      expect(answer.headers.allow).toBe('GET')
      expect(world.issuer.counts.token).toBe(0)
      expect((await browser.go(callback)).status).toBe(302)
    },
  )

  test('is redeemed once when a browser asks twice at the same time', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/orders')
    const answers = await Promise.all([browser.go(callback), browser.go(callback)])
    expect(answers.map(({ headers }) => headers.location)).toEqual(['/orders', '/orders'])
    expect(world.issuer.counts.token).toBe(1)
    expect(world.sessions.live.size).toBe(1)
  })

  test('is redeemed again while the issuer could not be reached', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/orders')
    await world.issuer.stop()
    expect((await browser.go(callback)).status).toBe(503)
    expect(lastRefusal()).toBe('issuer_unavailable')
    await world.issuer.restart()
    expect((await browser.go(callback)).headers.location).toBe('/orders')
  })

  test('while sessions cannot be kept is 503, and nobody is said to be signed in', async () => {
    await using redis = await startRedis()
    await using other = await startWorld({ redis })
    const browser = other.browser()
    const callback = await browser.beginLogin('/')
    await redis.kill()
    const answer = await browser.go(callback)
    expect(answer.status).toBe(503)
    expect(other.records.at(-1)!.refusal).toBe('session_store_unavailable')
    expect(browser.cookies.find('postern')).toBeUndefined()
  })
})

describe('the back button onto a used callback', () => {
  test('sends the browser where it was going', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/orders')
    await browser.go(callback)
    const answer = await browser.go(callback)
    expect(answer.headers.location).toBe('/orders')
    expect(world.issuer.counts.token).toBe(1)
  })

  test('starts again once where nobody is signed in any more, then explains', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/orders')
    await browser.go(callback)
    await world.sessions.endAll()
    const again = await browser.beginLogin(callback)
    expect((await browser.go(again)).headers.location).toBe('/orders')
    await world.sessions.endAll()
    expect((await browser.go(again)).status).toBe(400)
    expect(lastRefusal()).toBe('login_attempt_unknown')
  })

  test('does not redeem again, even with the cookie of before', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/orders')
    const cookies = browser.cookies.fieldFor(world.origin)!
    await browser.go(callback)
    const answer = await world.browser().go(callback, ['Cookie', cookies])
    expect(answer.headers.location).toMatch(`${world.issuer.issuer}/auth`)
    expect(world.issuer.counts.token).toBe(1)
  })
})

describe('a session', () => {
  test('that was planted in a browser is not the one that a sign-in opens', async () => {
    const attacker = world.browser()
    await attacker.signIn('/')
    const planted = attacker.cookies.find('postern')!.value
    const victim = world.browser()
    victim.cookies.store(world.origin, [`postern=${planted}; Path=/`])
    await victim.signIn('/.postern/login?rd=/')
    expect(victim.cookies.find('postern')!.value).not.toBe(planted)
    expect(world.sessions.live.size).toBe(1)
    expect((await attacker.go('/')).status).toBe(302)
  })

  test('is not opened where two cookies of one login were sent', async () => {
    const browser = world.browser()
    const callback = await browser.beginLogin('/')
    const cookies = browser.cookies.fieldFor(world.origin)!
    const answer = await world.browser().go(callback, ['Cookie', `${cookies}; ${cookies}`])
    expect(answer.headers.location).toMatch(`${world.issuer.issuer}/auth`)
    expect(world.sessions.live.size).toBe(0)
  })
})

test('no secret of a login is in the log', async () => {
  const browser = world.browser()
  const callback = await browser.beginLogin('/')
  const cookies = browser.cookies.all().map(({ value }) => value)
  await browser.go(callback)
  await browser.go(withParameter(callback, 'state', 'unknown'))
  const { code, state } = Object.fromEntries(new URL(callback).searchParams)
  const log = world.logged.join('') + JSON.stringify(world.records)
  expect(log).toContain('signed in')
  for (const secret of [code!, state!, ...cookies]) expect(log).not.toContain(secret)
})
