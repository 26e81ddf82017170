// Refusals as gRPC clients understand them: a Trailers-Only answer, whose status stands among the header fields
// and whose content is empty. Because they take any other HTTP status than 200 for a broken connection.

import type { ReceivedRequest } from '../request.ts'
import { rowOf, type RefusalCode } from './catalogue.ts'

/** By HTTP status, where neither of the two below says it. @see https://grpc.io/docs/guides/status-codes */
const statuses: Readonly<Record<number, number>> = {
  401: 16, // UNAUTHENTICATED
  403: 7, // PERMISSION_DENIED
  404: 12, // UNIMPLEMENTED
  405: 12,
  408: 4, // DEADLINE_EXCEEDED
  413: 8, // RESOURCE_EXHAUSTED
  429: 8,
  431: 8,
  501: 12,
  502: 14, // UNAVAILABLE
  503: 14,
  504: 4,
}
const invalidArgument = 3
const internal = 13

/** Where the HTTP status says less than is known. */
const exceptions: { readonly [code in RefusalCode]?: number } = {
  invalid_request: 16,
}

export function grpcStatusOf(code: RefusalCode): number {
  const { status } = rowOf(code)
  return exceptions[code] ?? statuses[status] ?? (status < 500 ? invalidArgument : internal)
}

/**
 * Whether the request could be a gRPC call: these are POST, and none of our own URLs is a service.
 *
 * Threat: whoever may choose a type would turn the refusals of our own URLs into a 200.
 */
export function mayBeGrpc(
  { method, target }: Pick<ReceivedRequest, 'method' | 'target'>,
  prefix: string,
): boolean {
  return method === 'POST' && !target.startsWith(`${prefix}/`)
}

/** The Content-Type of an answer to a gRPC call; undefined where the request is none. */
export function findGrpcType(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined
  const [type = ''] = contentType.split(/[;+]/, 1)
  const bare = type.trim().toLowerCase()
  return grpcTypes.has(bare) ? bare : undefined
}

/** Each may be followed by `+proto`, `+json` and the like; a client takes the bare one as well. */
const grpcTypes: ReadonlySet<string> = new Set([
  'application/grpc',
  'application/grpc-web',
  'application/grpc-web-text',
])

/** Names and values in turn. `corsFields` as the route's answers have them. */
export function toGrpcFields(
  code: RefusalCode,
  corsFields: readonly string[] | undefined,
): string[] {
  const message = `${code}: ${rowOf(code).title}`
  const fields = ['grpc-status', String(grpcStatusOf(code)), 'grpc-message', encode(message)]
  // Because a script of another origin cannot read the status otherwise.
  if (corsFields?.includes('Access-Control-Allow-Origin') === true) {
    fields.push('Access-Control-Expose-Headers', 'grpc-status, grpc-message')
  }
  return fields
}

/** PROTOCOL-HTTP2, Status-Message: everything but visible ASCII and spaces, and `%`, as percent-encoded UTF-8. */
function encode(message: string): string {
  return message.replaceAll(/[^\x20-\x7e]|%/gu, encodeURIComponent)
}
