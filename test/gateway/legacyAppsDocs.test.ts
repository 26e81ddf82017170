// What docs/legacy-apps.md says of old applications with a form: its first configuration, and its words on sessions of two.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { configSchema, type ConfigInput } from '../../src/config/schema.ts'
import { readBlocks } from '../support/docsPage.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import { startUpstream } from '../support/upstream.ts'
import { fieldsSeenBy } from './steps.ts'

const blocks = await readBlocks('docs/legacy-apps.md')

function readRoutes(): ConfigInput['routes'] {
  const value: unknown = parse(blocks.find(({ kind }) => kind === 'yaml')?.text ?? '')
  const whole = Object.assign({ publicUrl: 'https://app.example.com', upstreams: {} }, value)
  expect(configSchema.safeParse(whole).error).toBeUndefined()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- because it has just been parsed as one
  return (whole as unknown as ConfigInput).routes.map((route) => ({ ...route, upstream: 'app' }))
}

const page =
  '<form action="/login" method="post"><input name="login"><input name="passwd" type="password"></form>'

/** Sends who has a session of its own away from its page, and ends that session at its logout. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const hasSession = request.headers.cookie?.includes('PHPSESSID=of-alice') === true
  const goTo = (location: string, cookies: string[] = []) =>
    void response.writeHead(302, { Location: location, 'Set-Cookie': cookies }).end()
  if (request.url === '/logout') return goTo('/login', ['PHPSESSID=; Path=/; Max-Age=0'])
  if (request.method === 'POST') return goTo('/home', ['PHPSESSID=of-alice; Path=/'])
  if (request.url !== '/login') return void response.end(`the application: ${request.url}`)
  if (hasSession) return goTo('/home')
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
}

function signIn(client: HttpClient, form: Awaited<ReturnType<HttpClient['navigate']>>) {
  return client.submitForm(form, { login: 'alice', passwd: 'alice' })
}

test('the first configuration keeps the application’s page, and says who it is by the name that was typed', async () => {
  await using upstream = await startUpstream(answer)
  await using world = await startPasswordWorld({ upstream, routes: readRoutes() })
  const client = world.browser()
  const form = await client.navigate(`${world.publicUrl}/orders`)
  expect(form.url).toBe(`${world.publicUrl}/login`)
  expect(form.text).toBe(page)
  const home = await signIn(client, form)
  expect(home.text).toBe('the application: /home')
  expect(fieldsSeenBy(upstream.requests.at(-1)!)['remote-user']).toBe('alice')
})

test('who has a session of the application alone comes to its page by way of its logout, and not in circles', async () => {
  await using upstream = await startUpstream(answer)
  const signInForm = { user: 'login', password: 'passwd', success: { replay: {} } }
  await using world = await startPasswordWorld({
    upstream,
    routes: [
      { match: { path: '/login' }, access: 'optional', signInForm, upstream: 'app' },
      { match: { path: '/logout' }, access: 'optional', logout: true, upstream: 'app' },
      { match: { path: '/**' }, signInPage: '/logout', upstream: 'app' },
    ],
  })
  const client = world.browser()
  const home = await signIn(client, await client.navigate(`${world.publicUrl}/login`))
  expect(home.text).toBe('the application: /home')
  client.cookies.store(home.url, ['postern=; Path=/; Max-Age=0'])
  expect(client.cookies.find('PHPSESSID')?.value).toBe('of-alice')
  expect((await client.navigate(home.url)).text).toBe(page)
  expect(client.cookies.find('PHPSESSID')).toBeUndefined()
})

test('an issuer that does not know the post-logout URI keeps the browser; the link ends the application’s session the next time', async () => {
  await using upstream = await startUpstream(answer)
  await using world = await startPasswordWorld({
    upstream,
    routes: readRoutes(),
    issuer: { postLogoutRedirectUris: [] },
  })
  const client = world.browser()
  await signIn(client, await client.navigate(`${world.publicUrl}/login`))
  const link = `${world.publicUrl}/logout`
  const asksOfLogout = () => upstream.requests.filter(({ url }) => url === '/logout')
  const kept = await client.navigate(link)
  expect(new URL(kept.url).origin).toBe(world.issuer.issuer)
  expect(client.cookies.find('postern')).toBeUndefined()
  expect(asksOfLogout()).toHaveLength(0)
  expect((await client.navigate(link)).text).toBe(page)
  expect(asksOfLogout()).toHaveLength(1)
})
