// A request's content, read whole where the gateway itself has to understand it: so much, within so long, and no more.

import { GatewayError } from '../errors/gatewayError.ts'
import type { ReceivedRequest } from '../request.ts'
import type { Milliseconds } from '../time.ts'

/** How much of a body is waited for. */
export interface BodyLimits {
  readonly maxBytes: number
  readonly timeout: Milliseconds
}

/** @throws GatewayError `request_malformed`, `content_too_large`, `request_timeout` */
export async function readBody(
  { incoming }: Pick<ReceivedRequest, 'incoming'>,
  { maxBytes, timeout }: BodyLimits,
): Promise<Buffer> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const refusal = new GatewayError('request_timeout', 'the form did not arrive in time')
  const timer = setTimeout(() => reject(refusal), timeout).unref()
  const reading = readAll(incoming, maxBytes).finally(() => clearTimeout(timer))
  return Promise.race([reading, late])
}

async function readAll(incoming: ReceivedRequest['incoming'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // Because leaving the loop would cut the connection, and with it the refusal.
  const body: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false })
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > maxBytes) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new GatewayError('request_malformed', 'the form broke off', { cause })
  }
  if (size <= maxBytes) return Buffer.concat(chunks)
  throw new GatewayError('content_too_large', 'more than a form may have')
}
