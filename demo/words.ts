// What the demo says in the terminal.

import { accounts } from './accounts.ts'
import { adminUrl, gatewayUrl, issuerUrl, machine, places } from './places.ts'

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

/** Where everything is. Only the last three lines may be wider than a terminal of 80 columns. */
export function welcomeText({ redisUrl, config, gatewayLog }: Facts): string {
  const sessions =
    redisUrl === undefined
      ? "in the browser's cookie; in Redis with npm run demo -- --redis"
      : `in Redis, ${redisUrl}`
  const sections = [
    [
      ['Gateway', `${gatewayUrl}/`, 'start here'],
      ['Application', `http://localhost:${places.legacyApp.port}/`, 'the same without the gateway'],
      ['Issuer', `${issuerUrl}/`, 'where people sign in'],
      ['Admin', `${adminUrl}/readyz`, 'also /healthz and /metrics'],
    ],
    accounts.map(({ login, groups }, at) => [
      at === 0 ? 'Accounts' : '',
      `${login}, password ${login}`,
      `in ${groups.join(' and ')}`,
    ]),
    [
      ['Try', `${gatewayUrl}/`, 'which headers the app gets'],
      ['', `${gatewayUrl}/admin`, '403 for bob, open for alice'],
      ['', `${gatewayUrl}/public/about`, 'open to all'],
      ['', `${gatewayUrl}/headers.json`, 'the headers; 401 for curl'],
      ['', `${gatewayUrl}/old/login`, 'own form: it asks once more'],
      ['', `http://localhost:${places.legacyApp.port}/old/login`, "alice's password fails there"],
      ['', `${gatewayUrl}/.postern/logout`, 'signs out, at the issuer too'],
    ],
    [
      [
        'Machine',
        `curl -u ${machine.client_id}:${machine.client_secret} ${gatewayUrl}/api/headers`,
      ],
      ['', 'id and secret by HTTP Basic; the app is told which client calls'],
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

/** The last line, since the path of the log was printed before. */
export function farewellText({ gatewayLog }: Pick<Facts, 'gatewayLog'>): string {
  return `\nThe demo has ended, and its log, ${gatewayLog}, is gone with it.\n`
}

function toLine([label = '', place = '', remark = '']: readonly string[]): string {
  return `  ${label.padEnd(12)}${remark === '' ? place : place.padEnd(38)}${remark}`
}
