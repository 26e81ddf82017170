import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createIssuer } from '../../../demo/issuer.ts'
import { client, machine } from '../../../demo/places.ts'
import { createHttpClient, type HttpAnswer, type HttpClient } from '../../support/httpClient.ts'
import { portOf } from '../../support/upstream.ts'

const verifier = 'a-code-verifier-of-at-least-forty-three-characters'
const [redirectUri = ''] = client.redirect_uris
const [postLogoutRedirectUri = ''] = client.post_logout_redirect_uris

describe('the issuer of the demo', () => {
  test('shows the form again after a wrong password, and says so', async () => {
    await using issuer = await startIssuer()
    const form = await issuer.begin()
    expect(form.text).not.toContain('Wrong login or password')
    const again = await issuer.send(form, 'alice', 'wrong')
    expect(again.status).toBe(422)
    expect(again.text).toContain('Wrong login or password')
    expect(again.text).toContain('name="login" value="alice"')
    const unknown = await issuer.send(again, '"><script>', '"><script>')
    expect(unknown.text).toContain('Wrong login or password')
    expect(unknown.text).not.toContain('<script>')
    const done = await issuer.send(unknown, 'alice', 'alice')
    expect(done.headers.location).toMatch(/[?&]code=/)
  })

  test.each([
    ['alice', ['staff', 'admins']],
    ['bob', ['staff']],
  ])('signs %s in, with groups in the ID Token and a refresh token', async (login, groups) => {
    await using issuer = await startIssuer()
    const callback = await issuer.signIn(login)
    expect(callback.searchParams.get('iss')).toBe(issuer.url)
    expect(callback.searchParams.get('state')).toBe('the-state')
    const tokens = await issuer.redeem(callback.searchParams.get('code') ?? '')
    expect(tokens).toMatchObject({ expires_in: 300, refresh_token: expect.any(String) })
    expect(decodeJwt(tokens.id_token)).toMatchObject({
      sub: login,
      preferred_username: login,
      email: `${login}@example.com`,
      groups,
    })
  })

  test('refuses an authorization request without PKCE', async () => {
    await using issuer = await startIssuer()
    const answer = await issuer.browser.request(
      authorizationUrl(issuer.url, { code_challenge: '' }),
    )
    expect(answer.headers.location).toMatch(/[?&]error=invalid_request/)
  })

  test('signs out without a question who shows the ID Token, and asks for the password again', async () => {
    await using issuer = await startIssuer()
    const callback = await issuer.signIn('alice')
    const tokens = await issuer.redeem(callback.searchParams.get('code') ?? '')
    const parameters = new URLSearchParams({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: postLogoutRedirectUri,
      state: 'of the logout',
    })
    const answer = await issuer.browser.request(
      `${issuer.url}/oidc/session/end?${parameters.toString()}`,
    )
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe(`${postLogoutRedirectUri}?state=of+the+logout`)
    expect((await issuer.begin()).text).toContain('name="password"')
  })

  test('asks before it signs out who shows no ID Token', async () => {
    await using issuer = await startIssuer()
    await issuer.signIn('alice')
    const question = await issuer.browser.request(`${issuer.url}/oidc/session/end`)
    expect(question.status).toBe(200)
    expect(question.text).toContain('Sign out?')
    expect((await issuer.begin()).headers.location).toMatch(/[?&]code=/)
  })

  test.each([
    ['alice', 'alice', 200],
    ['bob', 'wrong', 400],
    ['nobody', 'nobody', 400],
  ])(
    'answers the password grant of %s with password %s by %i',
    async (username, password, status) => {
      await using issuer = await startIssuer()
      const answer = await post(issuer.browser, `${issuer.url}/oidc/token`, {
        fields: { grant_type: 'password', scope: 'openid profile groups', username, password },
        authorization: toBasic(client),
      })
      expect(answer.status).toBe(status)
      if (status !== 200) return expect(answer.json()).toMatchObject({ error: 'invalid_grant' })
      const { id_token } = tokenAnswer.parse(answer.json())
      expect(decodeJwt(id_token)).toMatchObject({ sub: 'alice', groups: ['staff', 'admins'] })
    },
  )

  test('gives a machine a token for its id and secret, and a browser’s client none', async () => {
    await using issuer = await startIssuer()
    const ask = (who: typeof machine | typeof client) =>
      post(issuer.browser, `${issuer.url}/oidc/token`, {
        fields: { grant_type: 'client_credentials' },
        authorization: toBasic(who),
      })
    expect((await ask(machine)).json()).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
    const refused = await ask(client)
    expect(refused.status).toBe(400)
    expect(refused.json()).not.toHaveProperty('access_token')
  })

  test('keeps its cookies to itself: none is sent to the gateway on the same host', async () => {
    await using issuer = await startIssuer()
    await issuer.signIn('alice')
    expect(issuer.browser.cookies.find('issuer')?.path).toBe('/oidc')
    expect(issuer.browser.cookies.fieldFor('http://localhost:8080/')).toBeUndefined()
  })
})

async function startIssuer() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://localhost:${portOf(server)}`
  server.on('request', await createIssuer({ issuer: url, clients: [client, machine] }))
  const browser = createHttpClient()
  const begin = async () => follow(browser, await browser.request(authorizationUrl(url)))
  const send = async (form: HttpAnswer, login: string, password: string) =>
    follow(browser, await post(browser, form.url, { fields: { login, password } }))
  return {
    url,
    browser,
    begin,
    send,
    /** The callback URL that the browser is sent to. */
    signIn: async (login: string) =>
      new URL((await send(await begin(), login, login)).headers.location ?? ''),
    redeem: (code: string) => redeem(browser, url, code),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function authorizationUrl(issuer: string, changes: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email groups offline_access',
    state: 'the-state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  })
  return `${issuer}/oidc/auth?${parameters.toString()}`
}

/** Follows redirects as far as the issuer's own. */
async function follow(browser: HttpClient, answer: HttpAnswer): Promise<HttpAnswer> {
  const { location } = answer.headers
  if (location === undefined || location.startsWith(redirectUri)) return answer
  return follow(browser, await browser.request(new URL(location, answer.url).href))
}

interface Form {
  readonly fields: Readonly<Record<string, string>>
  readonly authorization?: string
}

function post(browser: HttpClient, url: string, form: Form): Promise<HttpAnswer> {
  const authorization = form.authorization ? ['Authorization', form.authorization] : []
  return browser.request(url, {
    method: 'POST',
    fields: ['Content-Type', 'application/x-www-form-urlencoded', ...authorization],
    body: new URLSearchParams(form.fields).toString(),
  })
}

async function redeem(browser: HttpClient, issuer: string, code: string) {
  const answer = await post(browser, `${issuer}/oidc/token`, {
    authorization: toBasic(client),
    fields: {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    },
  })
  return tokenAnswer.parse(answer.json())
}

function toBasic({ client_id: id, client_secret: secret }: typeof client | typeof machine): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

const tokenAnswer = z.looseObject({ id_token: z.string() })
