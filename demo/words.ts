// What the demo says in the terminal.

import { accounts } from './accounts.ts'
import { adminUrl, gatewayUrl, issuerUrl, places } from './places.ts'

export const helpText = `Usage: npm run demo [-- --redis]

Starts an OpenID Connect issuer, an old application without a sign-in, and Postern between the two,
running config.example.yaml. Needs the ports ${Object.values(places)
  .map(({ port }) => port)
  .sort((a, b) => a - b)
  .join(', ')}. Ctrl-C ends it all.

  --redis   keep sessions in a Redis of the demo's own (needs redis-server)
  --help    this text
`

export interface Facts {
  readonly redisUrl: string | undefined
  readonly config: string
  readonly gatewayLog: string
}

export function welcomeText({ redisUrl, config, gatewayLog }: Facts): string {
  const sessions =
    redisUrl === undefined
      ? "in the browser's cookie (npm run demo -- --redis keeps them in Redis)"
      : `in Redis, ${redisUrl}`
  const sections = [
    [
      ['Gateway', `${gatewayUrl}/`, 'the application with a sign-in: start here'],
      ['Application', `http://localhost:${places.legacyApp.port}/`, 'the same without the gateway'],
      ['Issuer', `${issuerUrl}/`, 'where people sign in'],
      ['Admin', `${adminUrl}/readyz`, 'also /healthz and /metrics'],
    ],
    accounts.map(({ login, groups }, at) => [
      at === 0 ? 'Accounts' : '',
      `${login} / ${login}`,
      groups.join(', '),
    ]),
    [
      ['Try', `${gatewayUrl}/`, 'sign in as bob; the page lists the headers that it got'],
      ['', `${gatewayUrl}/admin`, 'refused for bob, open for alice'],
      ['', `${gatewayUrl}/public/about`, 'open to all'],
      ['', `${gatewayUrl}/headers.json`, 'the headers as JSON; 401 for curl'],
      ['', `${gatewayUrl}/.postern/logout`, 'signs out, here and at the issuer'],
    ],
    [
      ['Sessions', sessions],
      ['Config', config],
      ['Log', gatewayLog],
    ],
  ]
  const body = sections.map((rows) => rows.map(toLine).join('\n')).join('\n\n')
  return `\nPostern's demo is up. Ctrl-C ends it.\n\n${body}\n\n`
}

function toLine([label = '', place = '', remark = '']: readonly string[]): string {
  return `  ${label.padEnd(13)}${remark === '' ? place : place.padEnd(40)}${remark}`
}
