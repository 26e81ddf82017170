// The people whom the test issuer knows, and the form that they sign in with.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Provider } from 'oidc-provider'

export interface TestAccount {
  password: string
  claims: Record<string, unknown>
}

/** `alice` (staff and admins) and `bob` (staff). */
export function createAccounts(): Map<string, TestAccount> {
  return new Map([
    ['alice', account('alice', 'Alice Liddell', ['staff', 'admins'])],
    ['bob', account('bob', 'Bob Builder', ['staff'])],
  ])
}

function account(login: string, name: string, groups: string[]): TestAccount {
  return {
    password: login,
    claims: {
      name,
      preferred_username: login,
      email: `${login}@example.com`,
      email_verified: true,
      groups,
    },
  }
}

/** GET shows the form, POST checks `login` and `password`; consent is given unasked. */
export async function answerInteraction(
  provider: Provider,
  accounts: ReadonlyMap<string, TestAccount>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { prompt } = await provider.interactionDetails(request, response)
    if (prompt.name !== 'login') {
      await provider.interactionFinished(request, response, { consent: {} })
      return
    }
    if (request.method !== 'POST') return showForm(response, 200)
    const form = new URLSearchParams(await text(request))
    const login = form.get('login') ?? ''
    if (accounts.get(login)?.password !== form.get('password')) return showForm(response, 401)
    await provider.interactionFinished(request, response, { login: { accountId: login } })
  } catch (error) {
    response.writeHead(400, { 'Content-Type': 'text/plain' })
    response.end(error instanceof Error ? error.message : 'the interaction failed')
  }
}

function showForm(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><title>Sign in</title>
<form method="post">
<label>Login <input name="login" autofocus></label>
<label>Password <input name="password" type="password"></label>
<button>Sign in</button>
</form>`)
}
