// An old application with a sign-in form of its own, and a newer page of it that posts the same form by script. It
// believes X-Forwarded-User, and looks at no password.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { escape } from '../../src/pages/html.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

export interface OldApp extends AsyncDisposable {
  readonly upstream: Upstream
  /** Forms that reached it, in their order. */
  readonly forms: URLSearchParams[]
}

export async function startOldApp(): Promise<OldApp> {
  const forms: URLSearchParams[] = []
  const upstream = await startUpstream(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'POST') forms.push(new URLSearchParams(await text(request)))
    if (pathname === '/login' && request.method === 'GET') show(response, signInPage(searchParams))
    else if (pathname === '/quick-login') show(response, scriptPage)
    else if (pathname === '/logout') show(response, '<h1>Good bye</h1>')
    else show(response, greeting(request))
  })
  return { upstream, forms, [Symbol.asyncDispose]: () => upstream.close() }
}

function show(response: ServerResponse, content: string): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><html lang="en"><title>Old mill</title>${content}`)
}

function signInPage(parameters: URLSearchParams): string {
  const why = parameters.get('why')
  return `<h1>The mill’s own door</h1>
<p id="why">${why === null ? '' : escape(`The mill does not let you in: ${why}`)}</p>
<form method="post" action="/login">
<input type="hidden" name="csrf" value="of the mill">
<input type="hidden" name="next" value="${escape(parameters.get('next') ?? '')}">
<label>Name <input name="login" autocomplete="section-mill username"></label>
<label>Code word <input name="passwd" type="password" autocomplete="current-password"></label>
<button>Enter</button>
</form>`
}

const scriptPage = `<h1>The quick door</h1><p id="why" role="alert"></p>
<form id="quick">
<label>Name <input name="login"></label> <label>Code word <input name="passwd" type="password"></label>
<button>Enter</button>
</form>
<script>
quick.onsubmit = async (event) => {
  event.preventDefault()
  const answer = await fetch('/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(new FormData(quick))),
  })
  if (answer.ok) location = answer.url
  else why.textContent = answer.status + ' ' + (await answer.json()).code
}
</script>`

function greeting(request: IncomingMessage): string {
  const name = String(request.headers['x-forwarded-user'] ?? 'nobody')
  return `<h1>Welcome, ${escape(name)}</h1><p id="at">${escape(`${request.method} ${request.url}`)}</p>
<a href="/logout">Log out</a>`
}
