import { describe, expect, test } from 'vitest'
import { startForwarding } from '../support/forwardFixture.ts'
import { answering, connectRaw, startRawUpstream } from '../support/rawUpstream.ts'

interface Exchange {
  /** The answer as the client read it. */
  readonly client: string
  /** The request as the upstream read it. */
  readonly upstream: string
}

async function exchange(request: string, answer: string): Promise<Exchange> {
  await using upstream = await startRawUpstream(answering(answer))
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send(request.replace('\r\n', '\r\nHost: a\r\nConnection: close\r\n'))
  await client.waitForClose()
  return { client: client.received, upstream: upstream.connections[0]?.received ?? '' }
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const get = 'GET / HTTP/1.1\r\n\r\n'

interface Row {
  readonly clause: string
  readonly request?: string
  readonly answer?: string
  readonly client?: RegExp
  readonly upstream?: RegExp
}

const rows: readonly Row[] = [
  {
    clause:
      'RFC 9110 7.6.1: fields nominated by Connection, and Connection itself, are not passed on',
    answer: 'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 0\r\n\r\n',
    client: /^(?![^]*X-Hop)/i,
  },
  {
    clause: 'RFC 9110 7.6.3: an intermediary adds itself to Via, behind those before it',
    answer: 'HTTP/1.1 200 OK\r\nVia: 1.0 inner\r\nContent-Length: 0\r\n\r\n',
    client: /\r\nVia: 1\.0 inner\r\n[^]*\r\nVia: 1\.1 postern-under-test\r\n/,
  },
  {
    clause: 'RFC 9110 8.6: a 204 has no Content-Length',
    answer: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    client: /^HTTP\/1\.1 204 (?![^]*content-length)/i,
  },
  {
    clause:
      'RFC 9110 9.3.2: an answer to HEAD has no content, and may have the length that GET would give',
    request: 'HEAD / HTTP/1.1\r\n\r\n',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n',
    client: /\r\nContent-Length: 7\r\n[^]*\r\n\r\n$/,
  },
  {
    clause: 'RFC 9110 10.1.1: 100 (Continue) is sent to a client that expects it',
    request: 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
    client: /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
  },
  {
    clause: 'RFC 9110 15.2: a 1xx answer is passed on',
    answer: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`,
    client: /^HTTP\/1\.1 102 [^]*HTTP\/1\.1 103 [^]*\r\nLink: <\/a>\r\n[^]*HTTP\/1\.1 200 /,
  },
  {
    clause: 'RFC 9110 15.2.2: a 101 that nobody asked for is no answer',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    client: /^HTTP\/1\.1 502 /,
  },
  {
    clause: 'RFC 9110 6.6.1: an answer without Date gets one',
    client: /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/,
  },
  {
    clause: 'RFC 9110 15.6.3: an invalid answer from upstream is 502',
    answer: 'ICY 200 OK\r\n\r\n',
    client: /^HTTP\/1\.1 502 /,
  },
  {
    clause: 'RFC 9112 2.2: a request is written as HTTP/1.1 with exactly one Host',
    upstream: /^GET \/ HTTP\/1\.1\r\nhost: a\r\n(?![^]*host:)/i,
  },
  {
    clause: 'RFC 9112 3.2.1: the target is passed on as it came',
    request: 'GET /%7Ea/?%3D HTTP/1.1\r\n\r\n',
    upstream: /^GET \/%7Ea\/\?%3D HTTP\/1\.1\r\n/,
  },
  {
    clause: 'RFC 9112 6.1: Transfer-Encoding and Content-Length together in an answer are refused',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
    client: /^HTTP\/1\.1 502 /,
  },
  {
    clause: 'RFC 9112 6.1: a transfer coding other than chunked is refused',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    client: /^HTTP\/1\.1 502 /,
  },
  {
    clause: 'RFC 9112 6.3: differing lengths in an answer are refused',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
    client: /^HTTP\/1\.1 502 /,
  },
  {
    clause: 'RFC 9112 6.3: a request with content has one framing field, whatever its method',
    request: 'GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc',
    upstream: /^(?![^]*transfer-encoding)[^]*\r\ncontent-length: 3\r\n([^]*\r\n)?\r\nabc$/i,
  },
  {
    clause: 'RFC 9112 7.1.2: trailers are passed on, framing fields in them never',
    answer:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nHost: b\r\n\r\n',
    client: /\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n$/,
  },
]

describe('an intermediary', () => {
  test.each(rows)(
    '$clause',
    async ({ request = get, answer = ok, client = /^/, upstream = /^/ }) => {
      const read = await exchange(request, answer)
      expect(read.client).toMatch(client)
      expect(read.upstream).toMatch(upstream)
    },
  )
})
