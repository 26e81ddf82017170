// Every call to an issuer goes through here: 10 s for all of it, 1 MB at the most, no redirect followed, no
// proxy from the environment. What comes out is a JSON object (200), a JWT that was asked for, or an OAuth error
// (4xx); all else throws.

import { Agent, request, type Dispatcher } from 'undici'
import type { CustomFetchOptions } from 'openid-client'
import { toFaultCode } from '../../errors/faultCode.ts'
import type { Milliseconds } from '../../time.ts'
import { IssuerUnavailable } from './faults.ts'

/** The part of fetch that the issuer is called with. @throws IssuerUnavailable */
export type IssuerFetch = (url: string, options: IssuerFetchOptions) => Promise<Response>

export type IssuerFetchOptions = Pick<CustomFetchOptions, 'method' | 'headers'> & {
  readonly body?: CustomFetchOptions['body']
  /** A media type in which a 200 is taken as text, besides JSON. */
  readonly textType?: string
  /** Hands over every 4xx and 5xx as it came, for a caller that reads more in it than OAuth says. */
  readonly keepsRefusals?: boolean
}

export interface IssuerFetchSettings {
  readonly allowHttp: boolean
  /** For the whole call, body included. Default: 10 s. */
  readonly timeout?: Milliseconds
}

const defaultTimeout: Milliseconds = 10_000
const maxBodyBytes = 1024 * 1024

// Threat: a stray answer on a connection kept open would reach the next person's token request, and a stale
// one would burn a code or a refresh token. `pipelining: 0`: one connection for one call.
const connections = new Agent({ pipelining: 0, allowH2: false })

export function createIssuerFetch(settings: IssuerFetchSettings): IssuerFetch {
  const { allowHttp, timeout = defaultTimeout } = settings
  return async function issuerFetch(url, options) {
    const { origin, pathname, protocol } = new URL(url)
    let isSilent = true
    const fail = (reason: string): never => {
      throw new IssuerUnavailable(`${origin}${pathname}: ${reason}`, isSilent)
    }
    if (protocol !== 'https:' && !(allowHttp && protocol === 'http:')) fail('is not https')
    try {
      const head = await ask(url, options, timeout)
      isSilent = false
      return toResponse(await readAnswer(head), options)
    } catch (error) {
      return fail(toReason(error))
    }
  }
}

interface Answer {
  readonly status: number
  readonly text: string
  /** In lower case, without parameters. */
  readonly mediaType: string
}

function ask(
  url: string,
  options: IssuerFetchOptions,
  timeout: Milliseconds,
): Promise<Dispatcher.ResponseData> {
  return request(url, {
    dispatcher: connections,
    method: options.method === 'POST' ? 'POST' : 'GET',
    headers: { ...options.headers, 'user-agent': 'postern' },
    body: options.body instanceof URLSearchParams ? options.body.toString() : null,
    signal: AbortSignal.timeout(timeout),
  })
}

async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const mediaType = String(headers['content-type']).split(';', 1)[0]!.trim().toLowerCase()
  return { status: statusCode, text: await readBounded(body), mediaType }
}

async function readBounded(body: Dispatcher.ResponseData['body']): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) throw new Unusable('answered more than 1 MB')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Why an answer cannot be used; the sentence goes to the log. */
class Unusable extends Error {}

// Because the rest of the fields would only steer the library elsewhere: a challenge in WWW-Authenticate
// hides the error code that stands in the body.
function toResponse({ status, text, mediaType }: Answer, options: IssuerFetchOptions): Response {
  const { textType, keepsRefusals = false } = options
  if (keepsRefusals && status >= 400) return new Response(text, { status })
  if (status === 200 && mediaType === textType) {
    return new Response(text, { status, headers: { 'content-type': mediaType } })
  }
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429
  if (status !== 200 && !isRefusal) throw new Unusable(`answered ${status}`)
  const value = parseObject(text)
  if (isRefusal && typeof value?.['error'] !== 'string') throw new Unusable(`answered ${status}`)
  if (value === undefined) throw new Unusable('answered 200 with something that is no JSON object')
  return new Response(text, { status, headers: { 'content-type': 'application/json' } })
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toReason(error: unknown): string {
  if (error instanceof Unusable) return error.message
  const code = toFaultCode(error)
  return code === 'TimeoutError' ? 'gave no whole answer in time' : code
}
