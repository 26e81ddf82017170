// Whatever stands in the place of a setting, the check says what is wrong with it, and never fails itself.

import { expect, test } from 'vitest'
import { findRouteProblems } from '../../../src/routing/routeProblems.ts'
import { aKey, load } from './configFile.ts'

const provider = {
  id: 'acme',
  issuer: 'https://acme.example',
  clientId: 'postern',
  clientSecret: 'short',
  clientAuthentication: 'client_secret_post',
  scopes: ['openid'],
  authorizationParameters: { prompt: 'consent' },
  idTokenAlgorithms: ['RS256'],
  claims: { groups: 'groups' },
  password: { parameters: { realm: 'staff' } },
  clientCredentials: { resource: 'https://api.example', parameters: { tenant: 'a' } },
  bearer: { validation: 'both', audiences: ['api'], requiredClaims: { tier: ['gold'] } },
}

const rule = { claim: 'name', capture: '^(.)', case: 'lower', separator: ';', encoding: 'rfc8187' }

const responses = {
  locations: [{ from: 'http://app', to: 'https://app.example.com' }],
  cookies: { domains: [{ from: 'app' }], paths: [{ from: '/a', to: '/' }], secure: true },
  headers: { set: { 'X-Frame-Options': 'DENY' }, remove: ['Server'] },
}

const route = {
  name: 'all',
  match: { path: '/**', host: 'app.example.com', methods: ['GET'] },
  access: 'signed-in',
  authenticate: ['session', 'bearer', 'client-credentials'],
  clientCredentials: { scopes: ['read'] },
  providers: ['acme'],
  require: { groups: ['staff'], scopes: { anyOf: ['read'] }, claims: { level: [1] } },
  upstream: 'app',
  identity: { preset: 'none', headers: { 'X-Level': 'level', 'X-Name': rule } },
  allow: ['semicolon'],
  quotas: ['shared', { by: 'client', limit: 5, per: 'minute', burst: 9 }],
  maxConcurrency: 10,
  websocketOrigins: ['https://other.example'],
}

const credentials = {
  type: 'token-exchange',
  provider: 'acme',
  clientId: 'gateway',
  clientSecret: 'secret',
  scopes: ['read'],
  resource: 'https://api.example',
  audience: 'api',
}

const form = {
  user: 'login',
  password: 'passwd',
  provider: 'acme',
  contentTypes: ['application/json'],
  charset: 'gbk',
  maxSize: '8KiB',
  success: { replay: { user: 'email', password: 'dummy' } },
  failure: { redirect: '/login', parameter: 'err', values: { throttled: 'wait' } },
  page: 'application',
}

const whole = {
  publicUrl: 'https://app.example.com',
  prefix: '/.postern',
  listen: {
    address: '0.0.0.0:8080',
    trustedProxies: ['10.0.0.0/8'],
    forwardedCertificate: { field: 'X-Cert', format: 'rfc9440' },
    maxFieldsSize: '16KiB',
  },
  admin: { address: '127.0.0.1:9090' },
  providers: [provider],
  sessions: {
    store: 'redis',
    redis: { url: 'rediss://cache', password: 'p', tls: {} },
    keys: [aKey],
    idleTimeout: '30m',
  },
  upstreams: { app: { url: 'http://127.0.0.1:3000', connections: 5, responses, credentials } },
  identity: { headers: { 'X-Email': 'email' } },
  routes: [
    route,
    { match: { path: '/login' }, access: 'optional', signInForm: form, upstream: 'app' },
    { match: { path: '/old/**' }, signInPage: '/login', upstream: 'app' },
    { match: { path: '/logout' }, access: 'optional', logout: true, upstream: 'app' },
  ],
  throttling: { account: { failures: 5 }, address: { window: '1h' }, answerTime: '1s' },
  pages: { title: 'Acme', colors: { accent: '#14594a' } },
  quotas: { shared: { by: 'address', limit: 1, per: '90s' } },
  clockSkew: '30s',
  log: { level: 'info' },
  insecure: { allowHttpIssuer: false },
}

type Path = readonly string[]

function listPaths(value: unknown, path: Path = []): Path[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return inner.flatMap(([step, each]) => [[...path, step], ...listPaths(each, [...path, step])])
}

function withValue(path: Path, value: unknown): string {
  const config: unknown = structuredClone(whole)
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((each, step) => Reflect.get(Object(each), step), config)
  Reflect.set(Object(parent), path.at(-1)!, value)
  return JSON.stringify(config)
}

test('the configuration that is spoilt below is fine', async () => {
  expect(await load(JSON.stringify(whole), { findRouteProblems })).toHaveProperty('config')
})

test.each([[7], ['~ ~'], [null], [true], [{ x: 1 }], [[null]]])(
  'with %j in the place of any setting the check has an answer',
  async (value) => {
    for (const path of listPaths(whole)) {
      const loaded = await load(withValue(path, value), { findRouteProblems })
      expect('config' in loaded || loaded.problems.length > 0, path.join('.')).toBe(true)
    }
  },
)
