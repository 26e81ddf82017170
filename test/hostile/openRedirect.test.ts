import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkRedirect } from '../../src/http/redirects.ts'
import { startFormWorld, type FormWorld } from '../support/formWorld.ts'
import { createHttpClient, type HttpClient } from '../support/httpClient.ts'
import { openRedirectPayloads } from '../support/openRedirectPayloads.ts'
import { freePort } from '../support/ports.ts'
import { startWorld, type World } from '../support/world.ts'

const publicUrl = 'https://app.example.com'
const policy = { publicUrl, prefix: '/.postern' }

describe('no redirect parameter leads a browser away from the site', () => {
  test('the table is long, and no payload stands in it twice', () => {
    expect(new Set(openRedirectPayloads).size).toBe(openRedirectPayloads.length)
    expect(openRedirectPayloads.length).toBeGreaterThanOrEqual(120)
  })

  test.each(openRedirectPayloads.map((payload) => [JSON.stringify(payload).slice(0, 80), payload]))(
    '%s becomes /',
    (_, payload) => {
      expect(checkRedirect(payload, policy)).toBe('/')
    },
  )
})

describe('the whole gateway', () => {
  let world: World
  let port: number
  const browser = (): HttpClient => createHttpClient({ ports: { [publicUrl]: port } })

  beforeAll(async () => {
    port = await freePort()
    world = await startWorld({
      config: { publicUrl, listen: { address: `127.0.0.1:${port}`, maxFieldsSize: '256KiB' } },
      issuer: {
        redirectUris: [`${publicUrl}/.postern/callback`],
        postLogoutRedirectUris: [`${publicUrl}/.postern/logout`],
      },
    })
  })
  afterAll(() => world.stop())

  test('signing out sends nobody away, whatever rd says', async () => {
    const client = browser()
    for (const payload of openRedirectPayloads) {
      for (const written of spellingsInAQuery(payload)) {
        const answer = await client.request(`${publicUrl}/.postern/logout?rd=${written}`)
        expect([answer.status, answer.headers.location], payload).toEqual([302, '/'])
      }
    }
  })

  test('two rd are none', async () => {
    const url = `${publicUrl}/.postern/logout?rd=%2Fa&rd=https%3A%2F%2Fevil.example`
    expect((await browser().request(url)).headers.location).toBe('/')
  })

  test('an honest rd is kept, so that the tests above mean something', async () => {
    const answer = await browser().request(`${publicUrl}/.postern/logout?rd=%2Fa%3Fb%23c`)
    expect(answer.headers.location).toBe('/a?b#c')
  })

  test('signing in ends at our own origin, whatever rd says', async () => {
    const client = browser()
    // Because nearby payloads try nearby things, every fifth stands for its neighbours.
    const sample = openRedirectPayloads.filter((_, at) => at % 5 === 0)
    expect(sample.length).toBeGreaterThanOrEqual(40)
    expect(await signInWith(client, '/a?b=c')).toBe('/a?b=c')
    for (const payload of sample) expect(await signInWith(client, payload), payload).toBe('/')
  })

  test('signing out at the issuer and back ends at our own origin', async () => {
    for (const payload of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const client = browser()
      await signInWith(client, '/')
      const rd = encodeURIComponent(payload)
      const toIssuer = await client.request(`${publicUrl}/.postern/logout?rd=${rd}`)
      expect(toIssuer.headers.location).toMatch(`${world.issuer.issuer}/session/end?`)
      const { state } = Object.fromEntries(new URL(toIssuer.headers.location!).searchParams)
      const back = await client.request(`${publicUrl}/.postern/logout?state=${state}&rd=${rd}`)
      expect([back.status, back.headers.location]).toEqual([302, '/'])
    }
  })

  test('the page that a POST came from is no way out', async () => {
    const answer = await browser().request(`${publicUrl}/form`, {
      method: 'POST',
      fields: ['Accept', 'text/html', 'Referer', 'https://evil.example/form'],
      body: 'a=1',
    })
    expect(answer.status).toBe(401)
    expect(answer.text).toContain('href="/.postern/login?rd=%2F"')
    expect(answer.text).not.toContain('evil.example')
  })

  test('an address that is one of another site, to some browsers, starts no sign-in for it', async () => {
    for (const target of ['//evil.example', '/\\evil.example', '/.evil.example/..//evil.example']) {
      const answer = await browser().request(publicUrl + target, {
        fields: ['Accept', 'text/html'],
      })
      expect(answer.status, target).toBe(400)
      expect(answer.headers.location).toBeUndefined()
    }
  })

  async function signInWith(client: HttpClient, rd: string): Promise<string | undefined> {
    const url = `${publicUrl}/.postern/login?rd=${encodeURIComponent(rd)}`
    const started = await client.request(url, { fields: ['Accept', 'text/html'] })
    expect(started.status).toBe(302)
    const callback = await world.issuer.signInOverHttp(
      started.headers.location!,
      undefined,
      client.cookies,
    )
    const ended = await client.request(callback)
    expect(ended.status).toBe(302)
    return ended.headers.location
  }
})

describe('signing in by password', () => {
  let app: FormWorld
  beforeAll(async () => {
    app = await startFormWorld({
      config: { publicUrl },
      form: {
        success: { redirect: '/home', redirectField: 'next' },
        failure: { redirect: '/login' },
      },
    })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  // Because nearby payloads try nearby things, every fifth stands for its neighbours.
  const sample = openRedirectPayloads.filter((_, at) => at % 5 === 0)
  const own = ['Origin', publicUrl, 'Sec-Fetch-Site', 'same-origin']
  const typed = 'login=alice&passwd=alice'
  const places = async (next: string): Promise<(string | undefined)[]> => {
    const named = `next=${encodeURIComponent(next)}`
    const from = [...own, 'Referer', `${publicUrl}/login?${named}`]
    const answers = [
      await app.post(`${typed}&${named}`),
      await app.post(typed, { path: `/login?${named}` }),
      await app.post(typed, { from }),
      await app.post('login=carol&passwd=wrong', { from, client: app.world.browser() }),
    ]
    return answers.map(({ headers }) => headers.location)
  }

  test('the places that forms, their addresses and their pages name are kept where they are ours', async () => {
    const wrong = '/login?error=wrong_credentials&next=%2Fa%3Fb%3Dc'
    expect(await places('/a?b=c')).toEqual(['/a?b=c', '/a?b=c', '/a?b=c', wrong])
  })

  test('and lead nowhere else, whatever they name', async () => {
    const [, , , refused] = await places('')
    expect(refused).toBe('/login?error=wrong_credentials')
    for (const payload of sample) {
      const [first, second, third, fourth] = await places(payload)
      expect([first, second, third], payload).toEqual(['/home', '/home', '/home'])
      expect(fourth, payload).toMatch(/^\/login\?error=\w+$/)
    }
  })

  test('the form of the gateway ends at our own origin, whatever rd says', async () => {
    for (const payload of sample) {
      const client = app.world.browser()
      const rd = encodeURIComponent(payload)
      const url = `${publicUrl}/.postern/sign-in?rd=${rd}`
      const fields = ['Accept', 'text/html']
      const form = await client.request(url, { fields })
      expect(form.text, payload).toContain('action="/.postern/sign-in?rd=%2F&amp;provider=test"')
      const [, token = ''] = /name="csrf_token" value="([^"]+)"/.exec(form.text)!
      const values = { username: 'alice', password: 'alice', csrf_token: token }
      const answer = await client.request(url, {
        method: 'POST',
        fields: [...fields, 'Content-Type', 'application/x-www-form-urlencoded', ...own],
        body: new URLSearchParams(values).toString(),
      })
      expect([answer.status, answer.headers.location], payload).toEqual([303, '/'])
    }
  })
})

/** Encoded, and as it is where a request line can hold it. */
function spellingsInAQuery(payload: string): string[] {
  const isPlain = /^[\x21-\x7e]*$/.test(payload) && !/[#&+%]/.test(payload)
  return [encodeURIComponent(payload), ...(isPlain ? [payload] : [])]
}
