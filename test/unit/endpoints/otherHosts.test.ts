import { describe, expect, test } from 'vitest'
import { startWorld, type World } from './world.ts'

const elsewhere = (world: World, target: string): string =>
  `http://localhost:${world.port}${target}`

describe('a login that begins at another host than the public one', () => {
  test('moves there first, so that its cookies are where the callback is', async () => {
    await using world = await startWorld()
    const browser = world.browser()
    const moved = await browser.go(elsewhere(world, '/orders?page=2'))
    expect(moved.status).toBe(302)
    expect(moved.headers.location).toBe(
      `${world.origin}/.postern/login?rd=%2Forders%3Fpage%3D2&provider=main&moved=1`,
    )
    expect(moved.setCookies).toEqual([])
    const answer = await browser.signIn(moved.headers.location)
    expect(answer.headers.location).toBe('/orders?page=2')
    expect(world.sessions.live.size).toBe(1)
  })

  test('by its own address moves, too, with the provider that was chosen', async () => {
    await using world = await startWorld({ furtherProviders: ['partners'] })
    const target = '/.postern/login?rd=%2Fx&provider=partners'
    const moved = await world.browser().go(elsewhere(world, target))
    expect(moved.headers.location).toBe(`${world.origin}${target}&moved=1`)
  })

  test('where a route names one provider, moves with that one', async () => {
    await using world = await startWorld({
      furtherProviders: ['partners'],
      routes: [{ match: { path: '/**' }, upstream: 'app', providers: ['partners'] }],
    })
    const moved = await world.browser().go(elsewhere(world, '/x'))
    expect(moved.headers.location).toContain('&provider=partners&moved=1')
  })

  test('begins where it is where a proxy names us by another host: nobody is moved twice', async () => {
    await using world = await startWorld()
    const browser = world.browser()
    const { headers } = await browser.go(elsewhere(world, '/x'))
    const { pathname, search } = new URL(headers.location!)
    const answer = await browser.go(elsewhere(world, pathname + search))
    expect(answer.headers.location).toMatch(`${world.issuer.issuer}/auth`)
  })

  test('never leads to another site', async () => {
    await using world = await startWorld()
    const target = `/.postern/login?rd=${encodeURIComponent('https://evil.example/')}`
    const moved = await world.browser().go(elsewhere(world, target))
    expect(moved.headers.location).toBe(
      `${world.origin}/.postern/login?rd=%2F&provider=main&moved=1`,
    )
  })

  test('moves no script', async () => {
    await using world = await startWorld()
    for (const target of ['/x', '/.postern/login']) {
      const answer = await world.browser().request(elsewhere(world, target), {
        fields: ['Accept', '*/*', 'Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty'],
      })
      expect(answer.status).toBe(401)
    }
  })
})
