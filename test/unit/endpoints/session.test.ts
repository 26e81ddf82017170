import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startRedis } from '../../support/redis.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const session = '/.postern/session'

describe("the application's own page", () => {
  test('learns who is signed in, since when and until when', async () => {
    const browser = world.browser()
    await browser.signIn('/')
    const answer = await browser.go(session)
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    const [live] = world.sessions.live.values()
    expect(answer.json()).toMatchObject({
      subject: 'alice',
      provider: 'main',
      email: 'alice@example.com',
      preferred_username: 'alice',
      since: new Date(live!.createdAt * 1000).toISOString(),
      until: new Date(live!.endsAt * 1000).toISOString(),
    })
  })

  test('never learns a token', async () => {
    const browser = world.browser()
    await browser.signIn('/')
    const { text } = await browser.go(session)
    const [live] = world.sessions.live.values()
    for (const token of [live!.tokens.idToken, live!.tokens.accessToken!, live!.id]) {
      expect(text).not.toContain(token)
    }
  })

  test('learns where to sign in when nobody is', async () => {
    const answer = await world.browser().request(world.origin + session)
    expect(answer.status).toBe(401)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toMatchObject({
      code: 'login_required',
      login_url: '/.postern/login?rd=%2F',
    })
  })

  test('passes on the cookie of a session that is kept in it and was used', async () => {
    await using other = await startWorld({ store: 'cookie' })
    const browser = other.browser()
    await browser.signIn('/')
    other.clock.offset += 600
    expect((await browser.go(session)).setCookies.join()).toMatch(/^postern(\.0)?=/)
  })

  test('learns that the session store is away, and keeps its cookie', async () => {
    await using redis = await startRedis()
    await using other = await startWorld({ redis })
    const browser = other.browser()
    await browser.signIn('/')
    await redis.kill()
    // Because what was read a moment ago is not read again.
    other.clock.offset += 6
    const answer = await browser.request(other.origin + session)
    expect(answer.status).toBe(503)
    expect(answer.setCookies).toEqual([])
  })
})

describe('under the prefix', () => {
  test.each(['', 'unknown', 'login/', 'Login', 'login/x', '__proto__', 'constructor'])(
    'there is nothing called "%s"',
    async (name) => {
      const answer = await world.browser().request(`${world.origin}/.postern/${name}`)
      expect(answer.status).toBe(404)
      expect(answer.json()).toMatchObject({ code: 'route_not_found' })
    },
  )

  test('a wrong method is told which are right', async () => {
    const answer = await world.browser().request(world.origin + session, { method: 'DELETE' })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET, HEAD')
  })
})
