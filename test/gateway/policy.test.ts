import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requestToken } from '../support/accessTokens.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startWorld, type World } from '../support/world.ts'
import { followRequests, problemOf, until } from './steps.ts'

const books = 'https://books.example'
const reports = 'https://reports.example'

let world: World

beforeAll(async () => {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const scope = 'book:42:read book:* literal:*'
  const both = { upstream: 'app', authenticate: ['session' as const, 'bearer' as const] }
  const segments = { ...both, providers: ['segments'] }
  world = await startWorld({
    issuer: {
      port,
      apis: { [books]: { scope, format: 'jwt' }, [reports]: { scope, format: 'jwt' } },
    },
    config: {
      providers: [
        {
          id: 'people',
          issuer,
          clientId: 'postern',
          clientSecret: 'postern-secret',
          scopes: ['openid', 'groups'],
        },
        { id: 'exact', issuer, bearer: { audiences: [books, reports] } },
        { id: 'segments', issuer, scopeWildcards: true, bearer: { audiences: [books, reports] } },
      ],
    },
    routes: [
      {
        match: { path: '/people/**' },
        ...both,
        providers: ['people', 'exact'],
        require: { principal: 'person' },
      },
      {
        match: { path: '/machines/**' },
        ...both,
        providers: ['people', 'exact'],
        require: { principal: 'client', clientIds: ['machine'] },
      },
      {
        match: { path: '/not-admins/**' },
        ...both,
        providers: ['people', 'exact'],
        require: { not: { groups: ['admins'] } },
      },
      {
        match: { path: '/either/**' },
        ...both,
        providers: ['people', 'exact'],
        require: { anyOf: [{ groups: ['admins'] }, { principal: 'client', audience: [books] }] },
      },
      {
        match: { path: '/exact/**' },
        authenticate: ['bearer'],
        providers: ['exact'],
        upstream: 'app',
        require: { scopes: ['book:42:write'] },
      },
      {
        match: { path: '/segments/**' },
        ...segments,
        authenticate: ['bearer'],
        require: { scopes: ['book:*:write'] },
      },
      { match: { path: '/**' }, upstream: 'app', providers: ['people'] },
    ],
  })
  const isReady = async (): Promise<boolean> =>
    (await world.browser().request(`${world.adminUrl}/readyz`)).status === 200
  await until(isReady)
})
afterAll(() => world.stop())
beforeEach(() => void world.upstream.requests.splice(0))

async function asMachine(path: string, resource: string, scope: string): Promise<HttpAnswer> {
  const token = await requestToken(world.issuer, { resource, scope })
  const fields = ['Authorization', `Bearer ${token}`]
  return world.browser().request(world.publicUrl + path, { fields })
}

async function asPerson(path: string, who: string): Promise<HttpAnswer> {
  const { client } = await world.signIn(who)
  return client.request(world.publicUrl + path)
}

describe('a route for people, or for machines, takes no other', () => {
  test('whatever way they come in', async () => {
    expect((await asPerson('/people/x', 'bob')).status).toBe(200)
    expect((await asMachine('/people/x', books, 'book:42:read')).status).toBe(403)
    expect((await asMachine('/machines/x', books, 'book:42:read')).status).toBe(200)
    expect((await asPerson('/machines/x', 'bob')).status).toBe(403)
  })
})

describe('a not', () => {
  test('lets in whom it does not name, and nobody of whom it is not known', async () => {
    expect((await asPerson('/not-admins/x', 'bob')).status).toBe(200)
    expect((await asPerson('/not-admins/x', 'alice')).status).toBe(403)
    world.upstream.requests.splice(0)
    // The token of a machine says nothing about groups.
    expect((await asMachine('/not-admins/x', books, 'book:42:read')).status).toBe(403)
    expect(world.upstream.requests).toEqual([])
  })
})

describe('alternatives', () => {
  test('open a route to each of those that they name', async () => {
    expect((await asPerson('/either/x', 'alice')).status).toBe(200)
    expect((await asPerson('/either/x', 'bob')).status).toBe(403)
    expect((await asMachine('/either/x', books, 'book:42:read')).status).toBe(200)
    expect((await asMachine('/either/x', reports, 'book:42:read')).status).toBe(403)
  })

  test('that all fail are named in the log, without a value of the caller', async () => {
    const { client } = await world.signIn('bob')
    const follow = followRequests(world)
    await client.request(`${world.publicUrl}/either/x`)
    const [line] = await follow.next()
    expect(line?.['detail']).toBe('require.anyOf: none of its 2 rules holds')
    expect(JSON.stringify(line)).not.toContain('staff')
  })
})

describe('a scope with wildcards', () => {
  test('covers by segment where the provider has such, and is a plain word elsewhere', async () => {
    expect((await asMachine('/segments/x', books, 'book:*')).status).toBe(200)
    expect((await asMachine('/exact/x', books, 'book:*')).status).toBe(403)
  })

  test('that lacks is named in the challenge', async () => {
    const answer = await asMachine('/segments/x', books, 'book:42:read')
    expect([answer.status, problemOf(answer).code]).toEqual([403, 'insufficient_scope'])
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="${world.publicUrl}", error="insufficient_scope", scope="book:*:write"`,
    )
    expect(world.upstream.requests).toEqual([])
  })
})
