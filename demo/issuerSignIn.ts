// The sign-in form: shown, sent, shown again after a wrong password. There is no consent page.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { findAccountByPassword } from './accounts.ts'
import { errorPage, expiredPage, signInPage } from './issuerPages.ts'
import { errors } from './quietProvider.ts'

export const interactionPath = '/oidc/interaction/'

const maxFormBytes = 16_384

/** Answers a request below `interactionPath`. Never throws. */
export async function answerSignIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { params } = await provider.interactionDetails(request, response)
    const client = await provider.Client.find(String(params['client_id']))
    const clientName = client?.clientName ?? 'the application'
    if (request.method !== 'POST') return sendPage(response, 200, signInPage(clientName))
    const form = new URLSearchParams(await readForm(request))
    const login = form.get('login') ?? ''
    const account = findAccountByPassword(login, form.get('password') ?? '')
    if (account === undefined) return sendPage(response, 422, signInPage(clientName, login))
    const result = { login: { accountId: account.login } }
    return await provider.interactionFinished(request, response, result)
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return sendPage(response, 400, expiredPage())
    return sendPage(response, 500, errorPage('server_error', 'The issuer has stumbled. Try again.'))
  }
}

export function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
  })
  response.end(html)
}

async function readForm(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request as AsyncIterable<string>) {
    text += chunk
    if (text.length > maxFormBytes) throw new Error('form too long')
  }
  return text
}
