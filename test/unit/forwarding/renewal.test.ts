import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import type { CredentialRenewal } from '../../../src/forwarding/services.ts'
import type { ReceivedRequest } from '../../../src/request.ts'
import { startForwarding } from '../../support/forwardFixture.ts'
import { connectRaw, startRawUpstream, type RawUpstream } from '../../support/rawUpstream.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\nrefused'
const get = 'GET /x HTTP/1.1\r\nHost: app.test\r\n\r\n'

/** Answers by what stands in Authorization; the first request of the fixture has none. */
function startGuarded(answers: Readonly<Record<string, string>>): Promise<RawUpstream> {
  return startRawUpstream((connection) => {
    let from = 0
    connection.socket.on('data', () => {
      const end = connection.received.indexOf('\r\n\r\n', from)
      if (end === -1) return
      const head = connection.received.slice(from, end)
      from = end + 4
      connection.send(answers[/Authorization: (\w+)/.exec(head)?.[1] ?? 'none'] ?? ok)
    })
  })
}

const withFields = (...values: string[]): CredentialRenewal => ({
  drop: () => true,
  identify: async () => ['Host', 'app.test', 'Authorization', values.shift() ?? 'last'],
})

/** All that the upstream read, on whatever connection, request by request. */
const requestsOf = (upstream: RawUpstream): string[] =>
  upstream.connections.map(({ received }) => received)

describe('an upstream that refuses credentials', () => {
  test('gets the same request with others, and the client the second answer alone', async () => {
    await using upstream = await startGuarded({ none: refusal })
    await using gateway = await startForwarding(upstream.url, { renewal: withFields('second') })
    const client = connectRaw(gateway.port)
    client.send(get)
    const answer = await client.waitFor('ok')
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).not.toContain('refused')
    const [first, second] = requestsOf(upstream)
    expect(first).toMatch(/^GET \/x /)
    expect(first).not.toContain('Authorization')
    expect(second).toMatch(/^GET \/x .*\r\nAuthorization: second\r\n/s)
  })

  test('gets a body that came whole once more, whole', async () => {
    await using upstream = await startGuarded({ none: refusal })
    const renewal: CredentialRenewal = {
      drop: () => true,
      identify: () => ['Host', 'app.test', 'Content-Length', '5', 'Authorization', 'second'],
    }
    await using gateway = await startForwarding(upstream.url, {
      renewal,
      beforeForward: untilComplete,
    })
    const client = connectRaw(gateway.port)
    client.send('POST /x HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nwhole')
    await client.waitFor('ok')
    const second = await (await upstream.connection(1)).waitFor('\r\n\r\nwhole')
    expect(second).toMatch(/^POST \/x .*Authorization: second/s)
  })

  test('gets no body of which a part is gone: its 401 goes through', async () => {
    await using upstream = await startGuarded({ none: refusal })
    const dropped: unknown[] = []
    const renewal: CredentialRenewal = {
      drop: (_, fields) => dropped.push(fields) > 0,
      identify: () => [],
    }
    await using gateway = await startForwarding(upstream.url, { renewal })
    const client = connectRaw(gateway.port)
    client.send(
      'POST /x HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npart1\r\n',
    )
    expect(await client.waitFor('refused')).toMatch(/^HTTP\/1\.1 401 /)
    expect(requestsOf(upstream)).toHaveLength(1)
    expect(dropped).toHaveLength(1)
  })

  test('twice: the second 401 goes through, and there is no third request', async () => {
    await using upstream = await startGuarded({ none: refusal, second: refusal })
    await using gateway = await startForwarding(upstream.url, { renewal: withFields('second') })
    const client = connectRaw(gateway.port)
    client.send(get)
    expect(await client.waitFor('refused')).toMatch(/^HTTP\/1\.1 401 /)
    expect(requestsOf(upstream)).toHaveLength(2)
  })

  test('where there are no others: its 401 goes through at once', async () => {
    await using upstream = await startGuarded({ none: refusal })
    const renewal: CredentialRenewal = { drop: () => false, identify: () => [] }
    await using gateway = await startForwarding(upstream.url, { renewal })
    const client = connectRaw(gateway.port)
    client.send(get)
    expect(await client.waitFor('refused')).toMatch(/^HTTP\/1\.1 401 /)
    expect(requestsOf(upstream)).toHaveLength(1)
  })

  test('with an answer without end gets the request again all the same', async () => {
    const endless = `HTTP/1.1 401 Unauthorized\r\nContent-Length: 999999999\r\n\r\n${'x'.repeat(70_000)}`
    await using upstream = await startGuarded({ none: endless })
    await using gateway = await startForwarding(upstream.url, { renewal: withFields('second') })
    const client = connectRaw(gateway.port)
    client.send(get)
    expect(await client.waitFor('ok')).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('where others cannot be had: the refusal of whoever should have them, and no second request', async () => {
    await using upstream = await startGuarded({ none: refusal })
    const renewal: CredentialRenewal = {
      drop: () => true,
      identify: async () => {
        throw new GatewayError('upstream_credentials_unavailable', 'away')
      },
    }
    await using gateway = await startForwarding(upstream.url, { renewal })
    const client = connectRaw(gateway.port)
    client.send(get)
    expect(await client.waitFor('upstream_credentials_unavailable')).toMatch(/^HTTP\/1\.1 503 /)
    expect(requestsOf(upstream)).toHaveLength(1)
  })

  test('gets nothing more once the client has left', async () => {
    await using upstream = await startGuarded({ none: refusal })
    const asked = Promise.withResolvers<void>()
    const obtained = Promise.withResolvers<string[]>()
    const renewal: CredentialRenewal = {
      drop: () => true,
      identify: () => {
        asked.resolve()
        return obtained.promise
      },
    }
    await using gateway = await startForwarding(upstream.url, { renewal })
    const client = connectRaw(gateway.port)
    client.send(get)
    await asked.promise
    client.socket.destroy()
    await Promise.all([client.waitForClose(), untilFinished(gateway)])
    obtained.resolve(['Host', 'app.test'])
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(requestsOf(upstream)).toHaveLength(1)
  })
})

async function untilComplete({ incoming }: ReceivedRequest): Promise<void> {
  while (!incoming.complete) await new Promise(setImmediate)
}

async function untilFinished({
  finished,
}: {
  readonly finished: readonly unknown[]
}): Promise<void> {
  while (finished.length === 0) await new Promise(setImmediate)
}
