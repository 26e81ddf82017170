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
  let content: Buffer = Buffer.alloc(0)
  let size = 0
  // Because leaving the loop would cut the connection, and with it the refusal.
  const body: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false })
  try {
    for await (const chunk of body) {
      const start = size
      size += chunk.length
      if (size > maxBytes) break
      content = withRoom(content, size)
      chunk.copy(content, start)
    }
  } catch (cause) {
    throw new GatewayError('request_malformed', 'the form broke off', { cause })
  }
  if (size <= maxBytes) return content.subarray(0, size)
  throw new GatewayError('content_too_large', 'more than a form may have')
}

/** Threat: chunks of one byte, each kept as it came, take hundreds of times their size. */
function withRoom(content: Buffer, needed: number): Buffer {
  if (needed <= content.length) return content
  return Buffer.concat([content], Math.max(needed, 2 * content.length))
}
