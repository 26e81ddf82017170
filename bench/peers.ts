// What the gateway is compared with: a bare server, http-proxy, and nginx and oauth2-proxy where they are installed.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../test/support/ports.ts'
import { isOnPath, measuredCore, start } from './processes.ts'
import { signIn, startIssuer, startNode, urlOf, type Places, type Row } from './world.ts'

export async function startPeers(places: Places): Promise<Row[]> {
  return [
    await startBare(places),
    await startHttpProxy(places),
    ...(isOnPath('nginx') ? [await startNginx(places)] : []),
    ...(isOnPath('oauth2-proxy') ? await startOauth2Proxy(places) : []),
  ]
}

async function startBare({ keep }: Places): Promise<Row> {
  const port = await freePort()
  const pid = await keep(startNode('bench/peers/bareServer.ts', [String(port)], port))
  return { name: 'bare node:http server', url: urlOf(port), headers: {}, pid }
}

async function startHttpProxy({ keep, upstream }: Places): Promise<Row> {
  const port = await freePort()
  const args = [String(port), `http://127.0.0.1:${upstream}`]
  const pid = await keep(startNode('bench/peers/httpProxy.ts', args, port))
  return { name: 'http-proxy 1.18, keep-alive agent', url: urlOf(port), headers: {}, pid }
}

async function startNginx({ keep, upstream, folder }: Places): Promise<Row> {
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

async function startOauth2Proxy({ keep, upstream }: Places): Promise<Row[]> {
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
  const cookie = await signIn(urlOf(port).replace('127.0.0.1', 'localhost'))
  return [
    { name: 'oauth2-proxy, public route', url: urlOf(port, '/public'), headers: {}, pid },
    { name: 'oauth2-proxy, signed in, cookie', url: urlOf(port), headers: { Cookie: cookie }, pid },
  ]
}
