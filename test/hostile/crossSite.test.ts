import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HttpClient } from '../support/httpClient.ts'
import { startWorld, type World } from '../support/world.ts'
import { findSubject } from './signingIn.ts'

const evil = 'https://evil.example'

let world: World
let victim: HttpClient

beforeAll(async () => {
  world = await startWorld({ sessions: { store: 'memory' } })
})
afterAll(() => world.stop())
beforeEach(async () => {
  victim = (await world.signIn('alice', '/members/x')).client
  world.upstream.requests.length = 0
})

const logout = () => `${world.publicUrl}/.postern/logout`
const form = ['Content-Type', 'application/x-www-form-urlencoded']
const fromEvil = ['Origin', evil, 'Referer', `${evil}/`, 'Sec-Fetch-Site', 'cross-site']

/** The victim is signed in all the same, and the browser was not told to forget it. */
async function expectStillSignedIn(setCookies: readonly string[]): Promise<void> {
  expect(setCookies).toEqual([])
  expect(await findSubject(world, victim)).toBe('alice')
}

async function csrfTokenFor(client: HttpClient): Promise<string> {
  const page = await client.request(logout(), { fields: ['Accept', 'text/html', ...fromEvil] })
  return /name="csrf_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
}

describe('another site cannot sign a person out', () => {
  test.each([
    ['a link', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document']],
    ['an image', ['Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image']],
    ['a frame', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe']],
    ['a script’s call', ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty']],
    ['a page fetched ahead', ['Sec-Purpose', 'prefetch']],
  ])('by %s: the person is asked', async (_, fields) => {
    const answer = await victim.request(logout(), {
      fields: ['Accept', 'text/html', ...fields, ...fromEvil],
    })
    expect([answer.status, answer.headers['x-frame-options']]).toEqual([200, 'DENY'])
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    await expectStillSignedIn(answer.setCookies)
  })

  test.each([
    ['a form', fromEvil],
    ['a form without Fetch Metadata', ['Origin', evil]],
    ['a form in a sandbox', ['Origin', 'null', 'Sec-Fetch-Site', 'cross-site']],
    [
      'a form of a sibling subdomain',
      ['Origin', 'https://sibling.localhost', 'Sec-Fetch-Site', 'same-site'],
    ],
    ['a form that claims to be ours', ['Origin', evil, 'Sec-Fetch-Site', 'same-origin']],
    ['a form without an Origin', ['Sec-Fetch-Site', 'cross-site']],
    ['a form of which nothing is known', []],
  ])('by %s: 403', async (_, fields) => {
    for (const body of [
      '',
      'csrf_token=',
      'csrf_token=made-up',
      `rd=${encodeURIComponent(evil)}`,
    ]) {
      const options = { method: 'POST', fields: [...form, ...fields], body }
      const answer = await victim.request(logout(), options)
      expect(answer.status).toBe(403)
      await expectStillSignedIn(answer.setCookies)
    }
  })

  test('by the token of the attacker’s own session, or of an earlier one', async () => {
    const attacker = (await world.signIn('bob', '/members/x')).client
    const earlier = await csrfTokenFor(victim)
    victim = (await world.signIn('alice', '/members/x')).client
    for (const token of [await csrfTokenFor(attacker), earlier]) {
      expect(token.length).toBeGreaterThan(40)
      const body = `csrf_token=${token}`
      const answer = await victim.request(logout(), {
        method: 'POST',
        fields: [...form, ...fromEvil],
        body,
      })
      expect(answer.status).toBe(403)
      await expectStillSignedIn(answer.setCookies)
    }
  })

  test('but the person can, on the page that asks', async () => {
    const body = `csrf_token=${await csrfTokenFor(victim)}`
    const fields = [...form, 'Origin', 'null', 'Sec-Fetch-Site', 'same-origin']
    const answer = await victim.request(logout(), { method: 'POST', fields, body })
    expect(answer.status).toBe(302)
    expect(await findSubject(world, victim)).toBeUndefined()
  })
})

describe('another site learns nothing of who is signed in', () => {
  test('the session endpoint is for pages of this origin alone', async () => {
    const url = `${world.publicUrl}/.postern/session?callback=steal&jsonp=steal`
    const answer = await victim.request(url, { fields: fromEvil })
    expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin')
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.text).not.toContain('steal')
    expect(answer.text).not.toMatch(/token|eyJ/)
  })

  test.each(['session', 'login', 'logout', 'callback', 'nowhere'])(
    'the endpoint %s allows no other origin, and answers no preflight',
    async (endpoint) => {
      const url = `${world.publicUrl}/.postern/${endpoint}`
      const preflight = ['Access-Control-Request-Method', 'POST', ...fromEvil]
      const answers = [
        await world.browser().request(url, { fields: fromEvil }),
        await world.browser().request(url, { method: 'OPTIONS', fields: preflight }),
      ]
      for (const { rawHeaders } of answers) {
        expect(rawHeaders.join('\n')).not.toMatch(/access-control-allow/i)
      }
      expect(answers[1]!.status).toBeGreaterThanOrEqual(400)
    },
  )

  test('a preflight for the application is refused like any request without credentials', async () => {
    const fields = ['Access-Control-Request-Method', 'GET', ...fromEvil]
    const options = { method: 'OPTIONS', fields }
    const answer = await world.browser().request(`${world.publicUrl}/members/x`, options)
    expect([answer.status, world.upstream.requests]).toEqual([401, []])
  })
})

describe('another site starts no sign-in behind a person’s back', () => {
  test.each([
    ['an image', ['Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image']],
    ['a script’s call', ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty']],
    ['a page fetched ahead', ['Sec-Purpose', 'prefetch']],
    ['a call of an older browser', ['X-Requested-With', 'XMLHttpRequest']],
  ])('by %s', async (_, fields) => {
    for (const path of [
      '/members/x',
      '/.postern/login?rd=/',
      '/.postern/callback?code=1&state=2',
    ]) {
      const answer = await world.browser().request(world.publicUrl + path, {
        fields: ['Accept', 'text/html', ...fields, ...fromEvil],
      })
      expect([400, 401], path).toContain(answer.status)
      expect(answer.setCookies).toEqual([])
      expect(answer.headers.location).toBeUndefined()
    }
  })

  test('by a form: what was posted is not turned into a GET', async () => {
    const options = {
      method: 'POST',
      fields: ['Accept', 'text/html', ...form, ...fromEvil],
      body: 'a=1',
    }
    const answer = await world.browser().request(`${world.publicUrl}/members/x`, options)
    expect([answer.status, answer.setCookies, answer.headers.location]).toEqual([
      401,
      [],
      undefined,
    ])
    expect(world.upstream.requests).toEqual([])
  })
})
