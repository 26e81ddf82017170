// Somebody who has told the issuer an address that is not theirs: it says so, and no account behind the gateway opens.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startFormWorld, type FormWorld } from '../support/formWorld.ts'

const address = 'ceo@example.com'

let app: FormWorld

beforeAll(async () => {
  const upstream = 'app'
  app = await startFormWorld({
    sessions: { store: 'memory' },
    config: {
      identity: { headers: { 'X-Account': { template: 'CORP\\{email}' } } },
      upstreams: {
        basic: {
          url: 'http://127.0.0.1:9',
          credentials: { type: 'basic', userClaim: 'email', password: 'a-fixed-password' },
        },
      },
    },
    routes: [
      {
        match: { path: '/login' },
        access: 'optional',
        signInForm: {
          user: 'login',
          password: 'passwd',
          success: { replay: { user: 'email', password: 'the-one-password' } },
        },
        upstream,
      },
      { match: { path: '/basic/**' }, upstream: 'basic' },
      { match: { path: '/ceo/**' }, require: { claims: { email: [address] } }, upstream },
      { match: { path: '/some/**' }, require: { not: { missingClaims: ['email'] } }, upstream },
      { match: { path: '/none/**' }, require: { missingClaims: ['email'] }, upstream },
      {
        match: { path: '/not-ceo/**' },
        require: { not: { claims: { email: [address] } } },
        upstream,
      },
      { match: { path: '/**' }, upstream },
    ],
  })
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(() => void app.world.upstream.requests.splice(0))

/** Alice with this address, and what the issuer says of it. */
function tellIssuer(claims: Readonly<Record<string, unknown>>): void {
  const account = app.world.issuer.accounts.get('alice')!
  account.claims = { ...account.claims, email: address, ...claims }
}

describe.each([false, 'false', 'False', 0])(
  'an address that is not verified (%j)',
  (email_verified) => {
    beforeAll(() => tellIssuer({ email_verified }))

    test('names no account in a form that is replayed', async () => {
      const answer = await app.post('login=alice&passwd=alice')
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining('upstream_user_unknown'),
      ])
      expect(app.world.upstream.requests).toEqual([])
    })

    test('opens no route that is for whoever has it, nor one for whoever has it not', async () => {
      const { client } = await app.world.signIn('alice')
      for (const path of ['/ceo/x', '/not-ceo/x', '/none/x', '/some/x']) {
        const { status } = await client.request(app.world.publicUrl + path)
        expect(status).toBe(403)
      }
    })

    test('is in no header, and no user name of Basic', async () => {
      const { client } = await app.world.signIn('alice')
      const refused = await client.request(`${app.world.publicUrl}/basic/x`)
      expect([refused.status, refused.text]).toEqual([
        403,
        expect.stringContaining('upstream_user_unknown'),
      ])
      await client.request(`${app.world.publicUrl}/x`)
      const { rawHeaders } = app.world.upstream.requests.at(-1)!
      expect(rawHeaders.join('\n')).toContain('X-Forwarded-User')
      expect(rawHeaders.join('\n')).not.toContain(address)
    })
  },
)

test.each([{ email_verified: true }, { email_verified: undefined }])(
  'an address that is verified, or of which nothing is said, does: %j',
  async (claims) => {
    tellIssuer(claims)
    expect((await app.post('login=alice&passwd=alice')).status).toBe(200)
    expect(app.bodies.at(-1)!.toString()).toBe('login=ceo%40example.com&passwd=the-one-password')
    const { client } = await app.world.signIn('alice')
    expect((await client.request(`${app.world.publicUrl}/ceo/x`)).status).toBe(200)
  },
)
