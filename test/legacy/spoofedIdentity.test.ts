// What a client says about who it is reaches none of the old applications: neither what their programs are told, nor
// the bytes that Apache reads. All of them run as they were deployed once, lenient about names and trailers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchangeRaw, toHead } from '../hostile/rawRequests.ts'
import { createHttpClient, type HttpClient } from '../support/httpClient.ts'
import { spellingsOf, spoofedNames } from '../support/spoofedNames.ts'
import type { AppName } from './legacyApp.ts'
import {
  parseEnvironment,
  signInByForm,
  startLegacyWorld,
  type LegacyWorld,
} from './legacyWorld.ts'

const forged = 'mallory'
const forgedBasic = `Basic ${Buffer.from(`${forged}:x`).toString('base64')}`

/** Also those that mean something to Apache and CGI in particular. */
const names = [...spoofedNames, 'Authorization', 'Proxy-Authorization', 'Proxy']
const fieldsOf = (name: string): string[] =>
  spellingsOf(name).flatMap((spelling) => (isOneTooMany(spelling) ? [] : [spelling, valueOf(name)]))
// Because two Authorization fields are refused before anything else.
const isOneTooMany = (spelling: string) =>
  spelling !== 'Authorization' && spelling.toLowerCase() === 'authorization'
const valueOf = (name: string) => (/authorization/i.test(name) ? forgedBasic : forged)

/** As many names at a time as fit into one head. */
const forgedHeads = Array.from({ length: Math.ceil(names.length / 6) }, (_, at) =>
  names.slice(at * 6, at * 6 + 6).flatMap(fieldsOf),
)
const toLines = (fields: readonly string[]) =>
  fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1]}`] : []))

/** What is another one at every request, and no client's word. */
const fleeting = ['REMOTE_PORT', 'REQUEST_TIME', 'REQUEST_TIME_FLOAT', 'HTTP_X_REQUEST_ID']

interface Case {
  readonly app: AppName
  /** Where the application says what it was told. */
  readonly page: string
  readonly signIn: (world: LegacyWorld) => Promise<HttpClient>
  /** Who `alice` is to the application, as far as its server tells. */
  readonly told: Readonly<Record<string, string>>
}

const atIssuer = async (world: LegacyWorld) => (await world.signIn('alice')).client

const cases: readonly Case[] = [
  {
    app: 'orderbook',
    page: '/printenv.php',
    signIn: async (world) => (await signInByForm(world, 'alice')).client,
    told: {},
  },
  {
    app: 'timesheets',
    page: '/cgi-bin/printenv',
    signIn: atIssuer,
    told: { REMOTE_USER: 'alice', HTTP_REMOTE_USER: 'alice' },
  },
  {
    app: 'pricelist',
    page: '/cgi-bin/printenv',
    signIn: atIssuer,
    told: { REMOTE_USER: 'alice', AUTH_TYPE: 'Basic' },
  },
]

describe.each(cases)('$app', ({ app, page, signIn, told }) => {
  let world: LegacyWorld
  let alice: HttpClient
  let honest: Record<string, string | undefined>
  beforeAll(async () => {
    world = await startLegacyWorld(app)
    alice = await signIn(world)
    honest = await environmentOf([])
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function environmentOf(fields: readonly string[]) {
    const answer = await alice.request(world.publicUrl + page, { fields })
    const environment = parseEnvironment(answer)
    for (const name of fleeting) environment.delete(name)
    return Object.fromEntries(environment)
  }

  async function expectNothingForged(): Promise<void> {
    const received = await world.app.received()
    expect(received).not.toContain(forged)
    expect(received).not.toContain(forgedBasic)
  }

  test('is told of alice by the gateway alone', async () => {
    const names = /REMOTE_USER|AUTH|PROXY|_USER$|EMAIL|GROUPS/
    const found = Object.entries(honest).filter(([name]) => names.test(name))
    expect(Object.fromEntries(found)).toEqual(told)
  })

  test('is sent what is no identity, so that what it is not sent was removed', async () => {
    const environment = await environmentOf(['X-Colour', 'green'])
    expect(environment).toEqual({ ...honest, HTTP_X_COLOUR: 'green' })
    expect(await world.app.received()).toContain('X-Colour: green')
  })

  test('is told the same whatever name a client uses, in every spelling', async () => {
    for (const head of forgedHeads) expect(await environmentOf(head)).toEqual(honest)
    await expectNothingForged()
  })

  test('is told the same whatever a client wants to have removed', async () => {
    const nominated = [...names, 'X-Forwarded-For', 'Host'].join(', ')
    for (const connection of [`close, ${nominated}`, nominated.toLowerCase()]) {
      expect(await environmentOf(['Connection', connection])).toEqual(honest)
      const both = ['Connection', connection, 'Remote-User', forged, 'Authorization', forgedBasic]
      expect(await environmentOf(both)).toEqual(honest)
    }
    await expectNothingForged()
  })

  test('is told nothing by the trailers of a request', async () => {
    const fields = names.flatMap((name) => [name, valueOf(name), name.replaceAll('-', '_'), forged])
    const head = toHead({
      host: `localhost:${world.port}`,
      method: 'POST',
      target: page,
      lines: [
        `Cookie: ${alice.cookies.fieldFor(world.publicUrl)}`,
        `Origin: ${world.publicUrl}`,
        'Transfer-Encoding: chunked',
        `Trailer: ${names.join(', ')}`,
        'Connection: close',
      ],
    })
    const body = ['5', 'hello', '0', ...toLines(fields), '', ''].join('\r\n')
    const { statuses, text } = await exchangeRaw(world.port, head + body)
    expect(statuses).toEqual([200])
    expect(text).toContain('REQUEST_METHOD=POST')
    expect(text).not.toContain(forged)
    expect(await world.app.received()).toContain('hello')
    await expectNothingForged()
  })

  test('is not reached at all by who is nobody, whoever they say they are', async () => {
    const before = await world.app.requests()
    for (const fields of forgedHeads) {
      const answer = await createHttpClient().request(world.publicUrl + page, { fields })
      expect(answer.status).toBe(401)
    }
    expect(await world.app.requests()).toEqual(before)
  })
})

test('a public page of an application that believes REMOTE_USER greets nobody by a forged name', async () => {
  await using world = await startLegacyWorld('timesheets')
  for (const fields of forgedHeads) {
    const page = await createHttpClient().request(`${world.publicUrl}/cgi-bin/holidays`, { fields })
    expect(page.text).toContain('Good day, nobody in particular')
  }
  expect(await world.app.received()).not.toContain(forged)
})

test('a form that is replayed takes no forged name along', async () => {
  await using world = await startLegacyWorld('orderbook')
  for (const fields of forgedHeads) {
    const client = createHttpClient()
    const form = await client.navigate(`${world.publicUrl}/login.php`)
    const [, key = ''] = /name="form_key" value="([^"]+)"/.exec(form.text) ?? []
    const answer = await client.request(`${world.publicUrl}/login.php`, {
      method: 'POST',
      fields: [
        'Content-Type',
        'application/x-www-form-urlencoded',
        'Origin',
        world.publicUrl,
        ...fields,
      ],
      body: `user=alice&pass=alice&form_key=${key}`,
    })
    expect(answer.headers.location).toBe('index.php')
  }
  expect(await world.app.received()).not.toContain(forged)
})
