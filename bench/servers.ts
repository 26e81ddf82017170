// What stands side by side in one run: an upstream, an issuer, the gateway three times over, and the peers.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttpClient } from '../test/support/httpClient.ts'
import { freePort } from '../test/support/ports.ts'
import { makeAccessToken, tokenAudience, tokenIssuer } from './accessToken.ts'
import { isOnPath, measuredCore, start, supportCore, type Started } from './processes.ts'
import type { LoadTarget } from './load.ts'

export interface Row extends LoadTarget {
  readonly name: string
  /** The process that is measured. */
  readonly pid: number
}

export interface World {
  readonly rows: readonly Row[]
  stop(): Promise<void>
}

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
const path = '/api/things'
const { keysFile, token } = makeAccessToken(folder)

export async function startWorld(): Promise<World> {
  const running: Started[] = []
  const keep = async (started: Promise<Started>): Promise<number> => {
    running.push(await started)
    return running.at(-1)!.pid
  }
  try {
    const upstream = await freePort()
    await keep(startNode('bench/peers/bareServer.ts', [String(upstream)], upstream, supportCore))
    const rows = [await startBare(keep), await startHttpProxy(keep, upstream)]
    rows.push(...(await startGateways(keep, upstream)))
    if (isOnPath('nginx')) rows.push(await startNginx(keep, upstream))
    if (isOnPath('oauth2-proxy')) rows.push(...(await startOauth2Proxy(keep, upstream)))
    return { rows, stop: () => stopAll(running) }
  } catch (error) {
    await stopAll(running)
    throw error
  }
}

type Keep = (started: Promise<Started>) => Promise<number>

async function stopAll(running: readonly Started[]): Promise<void> {
  await Promise.all(running.map((process) => process.stop()))
}

function startNode(
  script: string,
  args: readonly string[],
  port: number,
  core = measuredCore,
): Promise<Started> {
  return start({ core, command: process.execPath, args: [script, ...args], port })
}

async function startBare(keep: Keep): Promise<Row> {
  const port = await freePort()
  const pid = await keep(startNode('bench/peers/bareServer.ts', [String(port)], port))
  return { name: 'bare node:http server', url: urlOf(port), headers: {}, pid }
}

async function startHttpProxy(keep: Keep, upstream: number): Promise<Row> {
  const port = await freePort()
  const args = [String(port), `http://127.0.0.1:${upstream}`]
  const pid = await keep(startNode('bench/peers/httpProxy.ts', args, port))
  return { name: 'http-proxy 1.18, keep-alive agent', url: urlOf(port), headers: {}, pid }
}

async function startGateways(keep: Keep, upstream: number): Promise<Row[]> {
  const redis = isOnPath('redis-server') ? await startRedis(keep) : undefined
  const stores = ['cookie', ...(redis === undefined ? [] : ['redis'])]
  const rows: Row[] = []
  for (const store of stores) {
    const port = await freePort()
    const issuer = await startIssuer(keep, `http://localhost:${port}/.postern/callback`)
    const config = writeConfig(store, { port, issuer, upstream, redis })
    const pid = await keep(startNode('dist/postern.js', ['--config', config], port))
    if (rows.length === 0) {
      rows.push({ name: 'gateway, public route', url: urlOf(port, '/public'), headers: {}, pid })
      rows.push({
        name: 'gateway, bearer JWT',
        url: urlOf(port, '/machines'),
        headers: { Authorization: `Bearer ${token}` },
        pid,
      })
    }
    const counter = store === 'redis' ? 'Redis' : 'memory'
    const counted = { name: `gateway, quotas in ${counter}`, url: urlOf(port, '/counted') }
    rows.push({ ...counted, headers: {}, pid })
    const cookie = await signIn(`http://localhost:${port}${path}`)
    rows.push({
      name: `gateway, signed in, ${store} store`,
      url: urlOf(port),
      headers: { Cookie: cookie },
      pid,
    })
  }
  return rows
}

async function startIssuer(keep: Keep, redirectUri: string): Promise<string> {
  const port = await freePort()
  await keep(startNode('bench/issuer.ts', [String(port), redirectUri], port, supportCore))
  return `http://localhost:${port}`
}

async function startRedis(keep: Keep): Promise<number> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  await keep(start({ core: supportCore, command: 'redis-server', args, port }))
  return port
}

/** Signs alice in by the issuer's own form and hands back the Cookie field. */
async function signIn(url: string): Promise<string> {
  const client = createHttpClient()
  const form = await client.navigate(url)
  const page = await client.submitForm(form, { login: 'alice', password: 'alice' })
  if (page.status !== 200)
    throw new Error(`sign-in at ${url} ended with ${page.status}: ${page.text}`)
  return client.cookies.fieldFor(url) ?? ''
}

interface GatewayPlaces {
  readonly port: number
  readonly issuer: string
  readonly upstream: number
  readonly redis: number | undefined
}

function writeConfig(store: string, { port, issuer, upstream, redis }: GatewayPlaces): string {
  const file = join(folder, `${store}.yaml`)
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
      { id: 'machines', issuer: tokenIssuer, bearer: { audiences: [tokenAudience], keysFile } },
    ],
    sessions: {
      store,
      keys: ['a-key-of-32-bytes-that-benchmarks-alone-have-used'],
      ...(store === 'redis' ? { redis: { url: `redis://127.0.0.1:${redis}` } } : {}),
    },
    upstreams: { app: { url: `http://127.0.0.1:${upstream}` } },
    routes: [
      { match: { path: '/public' }, access: 'public', upstream: 'app' },
      {
        match: { path: '/counted' },
        access: 'public',
        quotas: [{ by: 'address', limit: 1_000_000, per: 'second' }],
        upstream: 'app',
      },
      {
        match: { path: '/machines' },
        authenticate: ['bearer'],
        require: { scopes: ['things:read'] },
        upstream: 'app',
      },
      { match: { path: '/**' }, require: { groups: { anyOf: ['staff'] } }, upstream: 'app' },
    ],
    insecure: { allowHttpIssuer: true },
  }
  // Because JSON is YAML, no second library writes it.
  writeFileSync(file, JSON.stringify(config))
  return file
}

async function startNginx(keep: Keep, upstream: number): Promise<Row> {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000;
  upstream app { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
  )
  const pid = await keep(
    start({ core: measuredCore, command: 'nginx', args: ['-c', file, '-p', folder], port }),
  )
  return { name: 'nginx, plain reverse proxy', url: urlOf(port), headers: {}, pid }
}

async function startOauth2Proxy(keep: Keep, upstream: number): Promise<Row[]> {
  const port = await freePort()
  const issuer = await startIssuer(keep, `http://localhost:${port}/oauth2/callback`)
  const args = [
    `--http-address=127.0.0.1:${port}`,
    `--upstream=http://127.0.0.1:${upstream}`,
    '--provider=oidc',
    `--oidc-issuer-url=${issuer}`,
    '--client-id=postern',
    '--client-secret=postern-secret',
    `--redirect-url=http://localhost:${port}/oauth2/callback`,
    '--cookie-secret=0123456789abcdef0123456789abcdef',
    '--cookie-secure=false',
    '--email-domain=*',
    '--code-challenge-method=S256',
    '--skip-provider-button=true',
    '--insecure-oidc-allow-unverified-email=true',
    '--request-logging=false',
    '--skip-auth-route=^/public$',
  ]
  const pid = await keep(start({ core: measuredCore, command: 'oauth2-proxy', args, port }))
  const cookie = await signIn(`http://localhost:${port}${path}`)
  return [
    { name: 'oauth2-proxy, public route', url: urlOf(port, '/public'), headers: {}, pid },
    { name: 'oauth2-proxy, signed in, cookie', url: urlOf(port), headers: { Cookie: cookie }, pid },
  ]
}

function urlOf(port: number, target = path): string {
  return `http://127.0.0.1:${port}${target}`
}
