import { expect, test } from 'vitest'
import { toRoutes } from '../../../../src/config/routes/routes.ts'
import { aConfig, load } from '../configFile.ts'

async function routesOf(extra: string) {
  const loaded = await load(aConfig(extra))
  return 'config' in loaded ? toRoutes(loaded.config) : []
}

test('a route without a name is called by what it matches, and no two are called alike', async () => {
  const routes = await routesOf(`  - name: GET,POST app.example.com/api/**
    match: { path: /x }
    upstream: billing
  - match: { host: app.example.com, path: /api/**, methods: [GET, POST] }
    upstream: billing
`)
  expect(routes.map(({ index, name }) => [index, name])).toEqual([
    [0, '/**'],
    [1, 'GET,POST app.example.com/api/**'],
    [2, 'GET,POST app.example.com/api/** (2)'],
  ])
})

test('a route has its own identity settings, or else those of the whole gateway', async () => {
  const routes = await routesOf(`  - match: { path: /x }
    upstream: billing
    identity: { preset: none }
identity: { preset: siteminder }
`)
  expect(routes.map(({ identity }) => identity.preset)).toEqual(['siteminder', 'none'])
  expect(() => Object.assign(routes[0]!, { access: 'public' })).toThrow(TypeError)
})

test.each([
  ['/login', '/login', 'success: { redirectField: next }', 'next'],
  ['/login?x=1', '/login/**', 'success: { redirectField: next }', 'next'],
  ['/login?next=/home', '/login', 'success: { redirectField: next }', undefined],
  ['/login', '/login', 'success: { redirect: /home }', undefined],
])(
  'who is sent to %s to sign in says where to by the field of the form at %s, with %s: %s',
  async (page, path, success, parameter) => {
    const form = `{ user: u, password: p, ${success} }`
    const text = aConfig(`  - { upstream: billing, match: { path: /old/** }, signInPage: "${page}" }
  - { upstream: billing, match: { path: ${path} }, access: optional, signInForm: ${form} }
`)
    const loaded = await load(
      text.replace('clientId: postern', 'clientId: postern\n    password: {}'),
    )
    const routes = 'config' in loaded ? toRoutes(loaded.config) : []
    expect(routes[1]?.returnParameter).toBe(parameter)
    expect(routes[2]?.returnParameter).toBeUndefined()
  },
)
