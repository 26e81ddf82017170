// A browser without a screen: HTTP/1.1 over node:http, with cookies, raw fields and targets exactly as
// written. Follows no redirect unless asked. `rawExchange` is for bytes that no client would send.

import { request as sendRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as sendOverTls } from 'node:https'
import { connect } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { createBrowserCookies, type BrowserCookies } from './cookieJar.ts'

export interface HttpAnswer {
  readonly url: string
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly rawTrailers: readonly string[]
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly body: Buffer
  /** The body as UTF-8. */
  readonly text: string
  json(): unknown
}

export interface RequestOptions {
  readonly method?: string
  /** Names and values in turn; sent as they are. A Host among them replaces the URL's. */
  readonly fields?: readonly string[]
  readonly body?: string | Uint8Array
}

export interface HttpClient {
  readonly cookies: BrowserCookies
  /** One exchange. `url` is absolute; its path and query go out as written. */
  request(url: string, options?: RequestOptions): Promise<HttpAnswer>
  /** What a browser does with an address: the fields of a navigation, and redirects followed (20 at most). */
  navigate(url: string, options?: RequestOptions): Promise<HttpAnswer>
  /** Fills in the page's first form and sends it as a navigation. */
  submitForm(page: HttpAnswer, values: Readonly<Record<string, string>>): Promise<HttpAnswer>
}

export interface HttpClientOptions {
  readonly cookies?: BrowserCookies
  /** Origins that are reached in plain HTTP on a loopback port, as behind a TLS terminator. */
  readonly ports?: Readonly<Record<string, number>>
  /** Speaks TLS, with these, to origins of https. */
  readonly tls?: ConnectionOptions
}

const navigationFields = [
  ['Accept', 'text/html,application/xhtml+xml'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
].flat()

export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const cookies = options.cookies ?? createBrowserCookies()

  async function request(url: string, details: RequestOptions = {}): Promise<HttpAnswer> {
    const [, origin = '', target = ''] = /^(https?:\/\/[^/?#]+)([^#]*)/.exec(url) ?? []
    const answer = await exchange(origin, target === '' ? '/' : target, {
      ...details,
      fields: [...(details.fields ?? []), ...cookieFields(cookies, url)],
      tls: origin.startsWith('https:') ? options.tls : undefined,
      port: options.ports?.[new URL(origin).origin] ?? Number(new URL(origin).port || 80),
    })
    cookies.store(url, answer.setCookies)
    return answer
  }

  async function navigate(url: string, details: RequestOptions = {}): Promise<HttpAnswer> {
    const fields = [...navigationFields, ...(details.fields ?? [])]
    let answer = await request(url, { ...details, fields })
    for (let hops = 0; isRedirect(answer); hops += 1) {
      if (hops === 20) throw new Error(`more than 20 redirects, the last to ${answer.url}`)
      const next = new URL(answer.headers.location!, answer.url).href
      answer = await request(next, { fields: navigationFields })
    }
    return answer
  }

  function submitForm(page: HttpAnswer, values: Readonly<Record<string, string>>) {
    const form = parseForm(page)
    const body = new URLSearchParams({ ...form.fields, ...values }).toString()
    if (form.method === 'GET') return navigate(`${form.action.split('?', 1)[0]}?${body}`)
    const origin = new URL(page.url).origin
    const fields = ['Content-Type', 'application/x-www-form-urlencoded', 'Origin', origin]
    return navigate(form.action, { method: 'POST', fields, body })
  }

  return { cookies, request, navigate, submitForm }
}

interface Exchange extends RequestOptions {
  readonly port: number
  readonly tls: ConnectionOptions | undefined
}

async function exchange(origin: string, target: string, details: Exchange): Promise<HttpAnswer> {
  const fields = [...(details.fields ?? [])]
  const body = details.body === undefined ? undefined : Buffer.from(details.body)
  if (!hasField(fields, 'host')) fields.unshift('Host', origin.replace(/^https?:\/\//, ''))
  if (body !== undefined && !hasField(fields, 'content-length')) {
    fields.push('Content-Length', String(body.length))
  }
  const options = {
    host: '127.0.0.1',
    port: details.port,
    method: details.method ?? 'GET',
    path: target,
    headers: fields,
    agent: false,
  } as const
  const outgoing =
    details.tls === undefined
      ? sendRequest(options)
      : sendOverTls({ ...options, ...overTls, ...details.tls })
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  outgoing.on('response', resolve).on('error', reject).end(body)
  return toAnswer(origin + target, await promise)
}

async function toAnswer(url: string, incoming: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return {
    url,
    status: incoming.statusCode ?? 0,
    rawHeaders: incoming.rawHeaders,
    rawTrailers: incoming.rawTrailers,
    headers: incoming.headers,
    setCookies: incoming.headers['set-cookie'] ?? [],
    body,
    text: body.toString('utf8'),
    json: (): unknown => JSON.parse(body.toString('utf8')),
  }
}

function isRedirect(answer: HttpAnswer): boolean {
  return answer.status >= 301 && answer.status <= 308 && answer.headers.location !== undefined
}

function cookieFields(cookies: BrowserCookies, url: string): string[] {
  const value = cookies.fieldFor(url)
  return value === undefined ? [] : ['Cookie', value]
}

function hasField(fields: readonly string[], name: string): boolean {
  return fields.some((field, at) => at % 2 === 0 && field.toLowerCase() === name)
}

interface Form {
  readonly method: string
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

function parseForm(page: HttpAnswer): Form {
  const [, attributes = '', content = ''] = /<form\b([^>]*)>(.*?)<\/form>/is.exec(page.text) ?? []
  if (content === '') throw new Error(`no form on ${page.url} (status ${page.status})`)
  const inputs = [...content.matchAll(/<(?:input|button)\b([^>]*)>/gi)]
    .map(([, text = '']) => [attribute(text, 'name'), attribute(text, 'value') ?? ''] as const)
    .filter((pair): pair is [string, string] => pair[0] !== undefined)
  return {
    method: (attribute(attributes, 'method') ?? 'GET').toUpperCase(),
    action: new URL(attribute(attributes, 'action') ?? '', page.url).href,
    fields: Object.fromEntries(inputs),
  }
}

function attribute(text: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`, 'i').exec(text)?.[1]
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** How clients of tests reach a listener of `localhost` over TLS. */
export const overTls = { host: '127.0.0.1', servername: 'localhost' } as const

export interface RawExchangeOptions {
  /** Ends the exchange early, once what has come so far is enough. */
  readonly until?: (received: string) => boolean
  readonly deadlineMs?: number
  /** Over TLS, with these. */
  readonly tls?: ConnectionOptions | undefined
}

/**
 * Writes the bytes as they are and resolves with all that came back, as latin1, once the peer has closed
 * (send `Connection: close`) or `until` is content. Rejects at the deadline, 5 s unless given.
 */
export async function rawExchange(
  port: number,
  bytes: string | Uint8Array,
  { until = () => false, deadlineMs = 5000, tls }: RawExchangeOptions = {},
): Promise<string> {
  const socket =
    tls === undefined ? connect(port, '127.0.0.1') : connectTls({ port, ...overTls, ...tls })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let received = ''
  const deadline = setTimeout(
    () => reject(new Error(`no end after ${deadlineMs} ms; so far: ${JSON.stringify(received)}`)),
    deadlineMs,
  )
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    if (until(received)) resolve(received)
  })
  // Because a peer that refuses may reset the connection behind its answer.
  socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)))
  socket.on('close', () => resolve(received))
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return promise.finally(() => {
    clearTimeout(deadline)
    socket.destroy()
  })
}
