// The part of the old application that has a sign-in of its own: a form, accounts, a session. It reads no identity
// headers, and nobody knows the passwords of its accounts any more; all have been set to one, which only the gateway has.

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { stockPage, stockSignInPage } from './stockRoomPages.ts'

export const stockRoomPath = '/old/'

/** What config.example.yaml puts in place of what people type. */
export const accountPassword = 'known-to-the-gateway-alone'

const accountNames = new Set(['alice', 'bob'])
const cookieName = 'stockroom'

interface StockRoomSession {
  readonly name: string
  /** The form that opened it, as it came. */
  readonly form: URLSearchParams
}

/** Answers what is asked of `path`; false where there is no such page. */
export type AnswerStockRoom = (
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<boolean>

export function createStockRoom(): AnswerStockRoom {
  const sessions = new Map<string, StockRoomSession>()

  async function signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    const name = form.get('login_name') ?? ''
    if (!accountNames.has(name) || form.get('login_pass') !== accountPassword) {
      return send(response, 200, stockSignInPage('wrong_credentials'))
    }
    const id = randomUUID()
    sessions.set(id, { name, form })
    redirect(response, stockRoomPath, `${cookieName}=${id}; Path=${stockRoomPath}; HttpOnly`)
  }

  function signOut(request: IncomingMessage, response: ServerResponse): void {
    sessions.delete(findSessionId(request))
    redirect(response, `${stockRoomPath}login`, `${cookieName}=; Path=${stockRoomPath}; Max-Age=0`)
  }

  return async (path, request, response) => {
    const session = sessions.get(findSessionId(request))
    switch (`${request.method} ${path.slice(stockRoomPath.length)}`) {
      case 'GET ':
        if (session === undefined) redirect(response, `${stockRoomPath}login`)
        else send(response, 200, stockPage(session.name, session.form))
        return true
      case 'GET login':
        send(response, 200, stockSignInPage(findError(request)))
        return true
      case 'POST login':
        await signIn(request, response)
        return true
      case 'GET logout':
        signOut(request, response)
        return true
      default:
        return false
    }
  }
}

function findSessionId({ headers }: IncomingMessage): string {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='))
  return pairs.find(([name]) => name === cookieName)?.[1] ?? ''
}

function findError({ url = '' }: IncomingMessage): string | undefined {
  return new URLSearchParams(url.split('?', 2)[1]).get('error') ?? undefined
}

function redirect(response: ServerResponse, location: string, setCookie?: string): void {
  if (setCookie !== undefined) response.setHeader('Set-Cookie', setCookie)
  response.writeHead(303, { Location: location }).end()
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(html)
}
