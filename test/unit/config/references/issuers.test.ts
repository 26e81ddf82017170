// Callers of two issuers at one application: `alice` of one is not `alice` of the other.

import { expect, test } from 'vitest'
import { aConfig, warningsOf } from '../configFile.ts'

/** With a second provider; `route` and `rest` are further settings of the route and of the file. */
async function warnsOf(provider: string, route = '', rest = ''): Promise<boolean> {
  const text = aConfig(route + rest).replace(
    'upstreams:',
    `  - id: other\n    clientId: postern\n    ${provider}\nupstreams:`,
  )
  const found = (await warningsOf(text)).filter(({ message }) => message.includes('issuers'))
  expect(found.map(({ path, message }) => [path, message.includes('acme, other')])).toEqual(
    found.map(() => ['routes[0]', true]),
  )
  return found.length > 0
}

const another = 'issuer: https://other.example'

test.each([
  ['people of two issuers', another, ''],
  [
    'people of one issuer, and callers of the other',
    `${another}\n    signIn: false\n    bearer: { audiences: [x] }`,
    '    authenticate: [session, bearer]\n',
  ],
  [
    'an application that is told under other names',
    another,
    '    identity: { preset: none, headers: { X-User: sub } }\n',
  ],
  ['an application that is told where somebody is signed in', another, '    access: optional\n'],
])('a warning says that nothing tells them apart: %s', async (_, provider, route) => {
  expect(await warnsOf(provider, route)).toBe(true)
})

const toBasic = 'http://127.0.0.1:3000, credentials: { type: basic, password: a-password } }'

test('a user name for Basic is somebody of either issuer, too', async () => {
  const text = aConfig('    identity: { preset: none }\n')
    .replace('http://127.0.0.1:3000 }', toBasic)
    .replace('upstreams:', `  - id: other\n    clientId: postern\n    ${another}\nupstreams:`)
  expect((await warningsOf(text)).map(({ path }) => path)).toContain('routes[0]')
})

test.each([
  ['one issuer that is two providers', 'issuer: https://acme.example/oidc', ''],
  ['one issuer by name', another, '    providers: [acme]\n'],
  [
    'a provider that serves no way in',
    `${another}\n    signIn: false\n    bearer: { audiences: [x] }`,
    '',
  ],
  ['a public route', another, '    access: public\n'],
  ['nothing is told', another, '    identity: { preset: none }\n'],
  ['the issuer is told', another, '    identity: { headers: { X-Issuer: iss } }\n'],
  [
    'the issuer is told within text',
    another,
    "    identity: { headers: { X-User: { template: '{iss}#{sub}' } } }\n",
  ],
  [
    'the issuer is told by a rule',
    another,
    '    identity: { headers: { X-Issuer: { claim: iss } } }\n',
  ],
])('no warning where %s', async (_, provider, route) => {
  expect(await warnsOf(provider, route)).toBe(false)
})
