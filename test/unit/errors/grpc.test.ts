import { expect, test } from 'vitest'
import { catalogue, rowOf, type RefusalCode } from '../../../src/errors/catalogue.ts'
import { findGrpcType, grpcStatusOf, toGrpcFields } from '../../../src/errors/grpc.ts'

const isCode = (name: string): name is RefusalCode => name in catalogue
const codes = Object.keys(catalogue).filter(isCode)

test.each(codes)('%s has a gRPC status that says what it is', (code) => {
  const status = grpcStatusOf(code)
  expect(status).toBeGreaterThan(2)
  expect(status).toBeLessThanOrEqual(16)
})

test.each([
  ['login_required', 16],
  ['invalid_token', 16],
  ['invalid_request', 16],
  ['insufficient_scope', 7],
  ['route_not_found', 12],
  ['quota_exceeded', 8],
  ['content_too_large', 8],
  ['route_busy', 14],
  ['upstream_timeout', 4],
  ['target_ambiguous', 3],
  ['internal_error', 13],
] as const)('%s is gRPC status %i', (code, status) => {
  expect(grpcStatusOf(code)).toBe(status)
})

test.each([
  ['application/grpc', 'application/grpc'],
  ['application/grpc+proto', 'application/grpc'],
  ['application/grpc+json; charset=utf-8', 'application/grpc'],
  ['Application/GRPC ; x=y', 'application/grpc'],
  ['application/grpc-web+proto', 'application/grpc-web'],
  ['application/grpc-web-text', 'application/grpc-web-text'],
  ['application/grpcurl', undefined],
  ['application/grpc-websocket', undefined],
  ['text/html; a=application/grpc', undefined],
  ['', undefined],
  [undefined, undefined],
])('a call with Content-Type %s is answered with %s', (sent, answered) => {
  expect(findGrpcType(sent)).toBe(answered)
})

test.each(codes)('the message of %s is one that stands in a field', (code) => {
  const [, , name, message] = toGrpcFields(code, undefined)
  expect(name).toBe('grpc-message')
  expect(message).toMatch(/^[\x20-\x7e]+$/)
  expect(decodeURIComponent(message!)).toBe(`${code}: ${rowOf(code).title}`)
})
