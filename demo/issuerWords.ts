// What `npm run issuer` says in the terminal.

import type { ClientMetadata } from 'oidc-provider'
import { accounts } from './accounts.ts'

export const issuerHelpText = `Usage: npm run issuer [-- OPTIONS]

Starts an OpenID Connect issuer on this machine, for trying things out only: its
passwords are public, it grants whatever is asked for, and it forgets everything
at its end. It knows authorization codes, the password grant, client credentials
(with a resource, the token is a JWT for it), refresh tokens, introspection,
revocation and sign-out. Ctrl-C ends it.

  --port PORT            default 8081; the issuer is http://localhost:PORT
  --client-id ID         default postern
  --client-secret SECRET default for-trying-things-out-only
  --redirect-uri URI     default http://localhost:8080/.postern/callback; may be
                         given several times
  --no-refresh-tokens    sessions end with their access token, after 5 minutes
  --help                 this text
`

export interface IssuerFacts {
  readonly issuer: string
  readonly client: ClientMetadata & { readonly redirect_uris: readonly string[] }
}

export function issuerText({ issuer, client }: IssuerFacts): string {
  const rows = [
    ['Issuer', issuer],
    ['Client id', client.client_id],
    ['Secret', client.client_secret ?? ''],
    ...client.redirect_uris.map((uri, at) => [at === 0 ? 'Redirect' : '', uri]),
    ...accounts.map(({ login, groups }, at) => [
      at === 0 ? 'Accounts' : '',
      `${login}, password ${login}, in ${groups.join(' and ')}`,
    ]),
  ]
  const lines = rows.map(([label = '', text]) => `  ${label.padEnd(12)}${text}\n`)
  return `\nAn issuer for trying things out only is up. Ctrl-C ends it.\n\n${lines.join('')}\n`
}
