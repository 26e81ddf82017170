// The gateway under load: with the cookie store, for machines, with Redis, with 10 routes and with 10,000.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../test/support/ports.ts'
import {
  distinctTokens,
  makeAccessToken,
  makeDistinctTokens,
  signingKeys,
  tokenAudience,
  tokenIssuer,
  writeKeys,
} from './accessTokens.ts'
import { isOnPath, start, supportCore } from './processes.ts'
import { writePathScript, writeTokenScript } from './scripts.ts'
import { signIn, startIssuer, startNode, urlOf, type Places, type Row } from './world.ts'

export async function startGateways(places: Places): Promise<Row[]> {
  const redis = isOnPath('redis-server') ? await startRedis(places) : undefined
  return [
    ...(await startWithCookies(places)),
    ...(await startWithMachines(places)),
    ...(redis === undefined ? [] : await startWithRedis(places, redis)),
    await startWithRoutes(places, 10),
    await startWithRoutes(places, 10_000),
  ]
}

async function startRedis({ keep, folder }: Places): Promise<number> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  await keep(start({ core: supportCore, command: 'redis-server', args, port }))
  return port
}

async function startWithCookies(places: Places): Promise<Row[]> {
  const gateway = await startGateway(places, 'cookie', { routes: [quotaRoute] })
  const cookie = await signIn(`http://localhost:${gateway.port}/api/things`)
  return [
    toRow(gateway, 'public route', '/public'),
    toRow(gateway, 'signed in, cookie store', '/api/things', { Cookie: cookie }),
    toRow(gateway, 'public, quota in memory', '/quota'),
  ]
}

async function startWithMachines(places: Places): Promise<Row[]> {
  const issuer = await freePort()
  const args = [String(issuer), tokenAudience]
  await places.keep(startNode('bench/machineIssuer.ts', args, issuer, supportCore))
  const gateway = await startGateway(places, 'machines', {
    providers: machineProviders(places.folder, issuer),
    routes: machineRoutes,
  })
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
  const basic = Buffer.from('robot:a secret of the robot').toString('base64')
  return [
    toRow(gateway, 'bearer JWT, known', '/machines', bearer(makeAccessToken(signingKeys[0]!))),
    toRow(gateway, 'bearer opaque, known', '/opaque', bearer('opaque')),
    toRow(gateway, 'Basic client credentials, known', '/basic', {
      Authorization: `Basic ${basic}`,
    }),
    ...signingKeys.map((key) => ({
      ...toRow(gateway, `bearer ${key.alg}, ${distinctTokens} in turn`, '/machines'),
      script: writeTokenScript(places.folder, key.alg, makeDistinctTokens(key)),
    })),
  ]
}

async function startWithRedis(places: Places, redis: number): Promise<Row[]> {
  const sessions = { redis: { url: `redis://127.0.0.1:${redis}` } }
  const gateway = await startGateway(places, 'redis', { sessions, routes: [] })
  const counting = await startGateway(places, 'counting', { sessions, routes: [quotaRoute] })
  const cookie = await signIn(`http://localhost:${gateway.port}/api/things`)
  return [
    toRow(gateway, 'signed in, redis store', '/api/things', { Cookie: cookie }),
    toRow(counting, 'public, quota in Redis', '/quota'),
  ]
}

/** A hundred paths in turn, on ten routes out of all, so that only how many there are makes the difference. */
async function startWithRoutes(places: Places, count: number): Promise<Row> {
  const routes = Array.from({ length: count }, (_, at) => ({
    match: { path: `/tenants/${at}/things/**` },
    access: 'public',
    upstream: 'app',
  }))
  const gateway = await startGateway(places, `routes-${count}`, { routes })
  const paths = Array.from({ length: 100 }, (_, at) => {
    const route = ((at % 10) * count) / 10
    return `/tenants/${route}/things/${at}`
  })
  const script = writePathScript(places.folder, `paths-${count}`, paths)
  return { ...toRow(gateway, `public, ${count} routes`, '/'), script }
}

function toRow({ port, pid }: Gateway, name: string, target: string, headers = {}): Row {
  return { name: `gateway, ${name}`, url: urlOf(port, target), headers, pid }
}

const quotaRoute = {
  match: { path: '/quota' },
  access: 'public',
  upstream: 'app',
  quotas: [{ by: 'address', limit: 1_000_000, per: 'second' }],
}

const machineRoutes = [
  ...['machines', 'opaque'].map((name) => ({
    match: { path: `/${name}` },
    authenticate: ['bearer'],
    providers: [name],
    require: { scopes: ['things:read'] },
    upstream: 'app',
  })),
  {
    match: { path: '/basic' },
    authenticate: ['client-credentials'],
    providers: ['opaque'],
    require: { scopes: ['things:read'] },
    upstream: 'app',
  },
]

function machineProviders(folder: string, machines: number): object[] {
  const bearer = { audiences: [tokenAudience] }
  return [
    { id: 'machines', issuer: tokenIssuer, bearer: { ...bearer, keysFile: writeKeys(folder) } },
    {
      id: 'opaque',
      issuer: `http://localhost:${machines}`,
      clientId: 'postern',
      clientSecret: 'postern-secret',
      signIn: false,
      bearer: { ...bearer, validation: 'introspection', introspection: { cacheTime: '1h' } },
      clientCredentials: {},
    },
  ]
}

interface Extras {
  readonly sessions?: object
  readonly providers?: readonly object[]
  readonly routes: readonly object[]
}

interface Gateway {
  readonly port: number
  readonly pid: number
}

async function startGateway(places: Places, name: string, extras: Extras): Promise<Gateway> {
  const port = await freePort()
  const issuer = await startIssuer(places.keep, `http://localhost:${port}/.postern/callback`)
  const config = {
    publicUrl: `http://localhost:${port}`,
    listen: { address: `127.0.0.1:${port}` },
    admin: { address: '127.0.0.1:0' },
    providers: [
      {
        id: 'bench',
        issuer,
        clientId: 'postern',
        clientSecret: 'postern-secret',
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
      },
      ...(extras.providers ?? []),
    ],
    sessions: {
      store: name === 'redis' ? 'redis' : 'cookie',
      keys: ['a-key-of-32-bytes-that-benchmarks-alone-have-used'],
      ...extras.sessions,
    },
    upstreams: { app: { url: `http://127.0.0.1:${places.upstream}` } },
    routes: [
      { match: { path: '/public' }, access: 'public', upstream: 'app' },
      { match: { path: '/**' }, require: { groups: { anyOf: ['staff'] } }, upstream: 'app' },
      ...extras.routes,
    ],
    insecure: { allowHttpIssuer: true },
  }
  const file = join(places.folder, `${name}.yaml`)
  // Because JSON is YAML, no second library writes it.
  writeFileSync(file, JSON.stringify(config))
  const pid = await places.keep(startNode('dist/postern.js', ['--config', file], port))
  return { port, pid }
}
