import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './configFile.ts'

const aConfig = (route: string, top = ''): string => `publicUrl: https://api.example.com
providers:
  - { id: one, issuer: https://one.example, clientId: x, clientSecret: y, bearer: { audiences: [a], dpop: {} } }
upstreams: { app: { url: http://127.0.0.1:3000 } }
sessions: { redis: { url: redis://127.0.0.1:6379 } }
routes:
  - { match: { path: /api/** }, upstream: app, ${route} }
${top}
`

describe('nothing starts with', () => {
  test.each([
    ['places on a route without bearer', 'bearerMethods: { basic: true }', ''],
    ['a header that frames', 'authenticate: [bearer], bearerMethods: { header: Host }', 'header'],
    [
      'Authorization by another spelling',
      'authenticate: [bearer], bearerMethods: { header: authorization }',
      'header',
    ],
    ['the field for proofs', 'authenticate: [bearer], bearerMethods: { header: DPoP }', 'header'],
    [
      'a cookie of ours',
      'authenticate: [bearer], bearerMethods: { cookie: __Host-postern }',
      'cookie',
    ],
    [
      'a cookie that is no name',
      'authenticate: [bearer], bearerMethods: { cookie: "a b" }',
      'cookie',
    ],
  ])('%s', async (_name, route, setting) => {
    const path = `routes[0].bearerMethods${setting === '' ? '' : `.${setting}`}`
    expect((await problemsOf(aConfig(route))).map((problem) => problem.path)).toEqual([path])
  })

  test.each([
    ['an API without routes', '[https://api.example.com/other]'],
    ['an API at another host', '["https://other.example/api", "https://api.example.com/apis"]'],
    ['an API twice', '[https://api.example.com/api, https://api.example.com/api]'],
    ['an API with a query', '["https://api.example.com/api?x"]'],
    ['an API with dots', '[https://api.example.com/x/../api]'],
    ['an API with a slash at the end', '[https://api.example.com/api/]'],
  ])('%s', async (_name, resources) => {
    const text = aConfig('authenticate: [bearer]', `protectedResources: ${resources}`)
    const paths = (await problemsOf(text)).map((problem) => problem.path)
    expect(paths.length).toBeGreaterThan(0)
    expect(paths.every((path) => path.startsWith('protectedResources['))).toBe(true)
  })
})

test('places that are better not used are warned of, and Redis is of use for proofs', async () => {
  const loaded = await load(
    aConfig('authenticate: [bearer], bearerMethods: { query: true, cookie: api }'),
  )
  const warnings = 'config' in loaded ? loaded.warnings : []
  const about = new Map(warnings.map(({ path, message }) => [path, message]))
  expect(about.get('routes[0].bearerMethods.query')).toMatch(/RFC 9700.*RFC 6750 §5\.3/)
  expect(about.get('routes[0].bearerMethods.cookie')).toContain('SameSite')
  expect([...about.keys()]).not.toContain('sessions.redis')
})
