// A caller with an access token of its own that says itself who it is, in every shape that a request can have.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMachines, type Machines } from '../support/machines.ts'
import { spellingsOf, spoofedNames, toldFields } from '../support/spoofedNames.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, handshakeLines, hasAnswers, toHead } from './rawRequests.ts'

const forged = 'mallory'
const forgedLines = spoofedNames.flatMap((name) =>
  spellingsOf(name).map((spelling) => `${spelling}: ${forged}`),
)
/** As many as fit into one head. */
const forgedHeads = Array.from({ length: Math.ceil(forgedLines.length / 200) }, (_, at) =>
  forgedLines.slice(at * 200, at * 200 + 200),
)

let machines: Machines
let world: World
let authorization: string

beforeAll(async () => {
  machines = createMachines()
  world = await startWorld({
    config: { providers: [machines.provider] },
    routes: [
      {
        match: { path: '/optional/**' },
        access: 'optional',
        authenticate: ['bearer'],
        upstream: 'app',
      },
      { match: { path: '/**' }, authenticate: ['bearer'], upstream: 'app' },
    ],
  })
  const [, value = ''] = await machines.authorize({ client_id: 'billing-job' })
  authorization = `Authorization: ${value}`
})
afterAll(async () => {
  await world.stop()
  machines[Symbol.dispose]()
})

const aboutTheJob = [
  'X-Forwarded-Client-Id: billing-job',
  'X-Forwarded-Issuer: https://machines.example',
  'X-Forwarded-User: billing-job',
]

/** What is true of every request here, besides who calls. */
function forwardingFields(): string[] {
  const host = `localhost:${world.port}`
  return [
    `Forwarded: for=127.0.0.1;host="${host}";proto=http`,
    'X-Forwarded-For: 127.0.0.1',
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Port: ${world.port}`,
    'X-Forwarded-Proto: http',
  ]
}

interface Shape {
  readonly status?: number
  readonly method?: string
  readonly target?: string
  readonly version?: string
  readonly lines?: readonly string[]
  readonly body?: string
}

const chunked = ['5', 'hello', '0', `X-Forwarded-User: ${forged}`, '', ''].join('\r\n')
const shapes: readonly (readonly [string, Shape])[] = [
  ['a plain request', {}],
  ['a target in absolute form', { target: 'absolute' }],
  [
    'a request that waits for 100',
    { method: 'POST', lines: ['Expect: 100-continue', 'Content-Length: 2'], body: 'ok' },
  ],
  [
    'chunks and trailers',
    {
      method: 'POST',
      lines: ['Transfer-Encoding: chunked', 'Trailer: X-Forwarded-User'],
      body: chunked,
    },
  ],
  ['an upgrade to h2c', { lines: ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'] }],
]

describe('a machine is who its token says', () => {
  test.each(shapes)(
    '%s',
    async (_, { method = 'GET', target = '/api/x', lines = [], body = '' }) => {
      const host = `localhost:${world.port}`
      for (const forgedHead of forgedHeads) {
        const before = world.upstream.requests.length
        const connection = lines.includes('Upgrade: h2c')
          ? 'close, Upgrade, HTTP2-Settings'
          : 'close'
        const head = toHead({
          host,
          method,
          target: target === 'absolute' ? `http://${host}/api/x` : target,
          lines: [authorization, ...lines, ...forgedHead, `Connection: ${connection}`],
        })
        const { statuses } = await exchangeRaw(world.port, head + body)
        expect(statuses.filter((status) => status >= 200)).toEqual([200])
        expect(world.upstream.requests).toHaveLength(before + 1)
        const { rawHeaders, rawTrailers } = world.upstream.requests.at(-1)!
        expect(toldFields(rawHeaders)).toEqual([...forwardingFields(), ...aboutTheJob].sort())
        expect([...rawHeaders, ...rawTrailers].join('\n')).not.toContain(forged)
      }
    },
  )

  test('a WebSocket handshake', async () => {
    const host = `localhost:${world.port}`
    for (const forgedHead of forgedHeads) {
      const lines = [authorization, ...handshakeLines, ...forgedHead]
      const head = toHead({ host, target: '/api/x', lines })
      const { statuses } = await exchangeRaw(world.port, head, { until: hasAnswers(1) })
      expect(statuses).toEqual([101])
      const { rawHeaders, isUpgrade } = world.upstream.requests.at(-1)!
      expect(isUpgrade).toBe(true)
      expect(toldFields(rawHeaders)).toEqual([...forwardingFields(), ...aboutTheJob].sort())
    }
  })

  test('without a token it is nobody, whoever it says it is', async () => {
    const host = `localhost:${world.port}`
    for (const forgedHead of forgedHeads) {
      const lines = [
        ...forgedHead.filter((line) => !line.startsWith('Authorization')),
        'Connection: close',
      ]
      const head = toHead({ host, target: '/optional/x', lines })
      expect((await exchangeRaw(world.port, head)).statuses).toEqual([200])
      expect(toldFields(world.upstream.requests.at(-1)!.rawHeaders)).toEqual(
        forwardingFields().sort(),
      )
    }
  })
})
