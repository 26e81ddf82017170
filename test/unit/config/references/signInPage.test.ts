import { describe, expect, test } from 'vitest'
import { load, problemsOf } from '../configFile.ts'

function aFile(page: string, { route = '', login = 'path: /login' } = {}): string {
  return `publicUrl: https://app.example.com
sessions: { keys: [a-key-of-32-bytes-that-nobody-else-has-used], store: memory }
upstreams:
  billing: { url: http://127.0.0.1:3000 }
providers:
  - { id: acme, issuer: https://acme.example/oidc, clientId: postern, clientSecret: a-client-secret }
routes:
  - { upstream: billing, match: { path: /** }, signInPage: "${page}"${route} }
  - { upstream: billing, match: { ${login} }, access: optional }
`
}

test.each(['/login', '/login?from=here'])('people may be sent to %s', async (page) => {
  expect(await load(aFile(page))).toMatchObject({ config: { routes: [{ signInPage: page }, {}] } })
})

describe('a page to sign in at is refused where', () => {
  test.each([
    ['it is elsewhere', aFile('//evil.example/login')],
    ['it is of the gateway itself', aFile('/.postern/login')],
    ['a browser would write it otherwise', aFile('/a/../login')],
    ['nobody sees it who is not signed in', aFile('/signin')],
    ['it can only be posted to', aFile('/login', { login: 'path: /login, methods: [POST]' })],
    ['nobody is sent there', aFile('/login', { route: ', access: optional' })],
    ['a session does not count', aFile('/login', { route: ', authenticate: [bearer]' })],
  ])('%s', async (_, text) => {
    expect((await problemsOf(text)).map(({ path }) => path)).toContain('routes[0].signInPage')
  })
})
