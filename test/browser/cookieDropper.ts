// A proxy for one browser: it drops cookies that one origin sets, as a browser does that blocks them there.

import { once } from 'node:events'
import { createServer, request as sendRequest } from 'node:http'
import { portOf } from '../support/upstream.ts'

/** As Playwright's `proxy` option takes it. */
export interface CookieDropper extends AsyncDisposable {
  readonly server: string
  readonly bypass: string
}

/** Drops the cookies set on `port` whose name `isDropped` says yes to; all else passes. */
export async function startCookieDropper(
  port: number,
  isDropped: (name: string) => boolean,
): Promise<CookieDropper> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '')
    const { method, headers } = request
    const onwards = sendRequest(url, { method: method ?? 'GET', headers, agent: false })
    onwards.on('response', (answer) => {
      const setCookies = (answer.headers['set-cookie'] ?? []).filter(
        (cookie) => Number(url.port) !== port || !isDropped(cookie.split('=', 1)[0] ?? ''),
      )
      const { 'set-cookie': _, ...rest } = answer.headers
      const kept = setCookies.length === 0 ? rest : { ...rest, 'set-cookie': setCookies }
      response.writeHead(answer.statusCode ?? 502, kept)
      answer.pipe(response)
    })
    onwards.on('error', () => response.destroy())
    request.pipe(onwards)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server: `http://127.0.0.1:${portOf(server)}`,
    // Because Chromium takes loopback past any proxy unless told not to.
    bypass: '<-loopback>',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
