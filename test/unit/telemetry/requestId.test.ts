import { expect, test } from 'vitest'
import { createRequestId } from '../../../src/telemetry/requestId.ts'

test('every request has an id of its own, of 16 hexadecimal digits', () => {
  const ids = Array.from({ length: 10_000 }, createRequestId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[0-9a-f]{16}$/.test(id))).toEqual([])
})

test('the ids of one process begin alike, so that its requests are told from those of a replica', () => {
  expect(createRequestId().slice(0, 8)).toBe(createRequestId().slice(0, 8))
})

test('the ids do not count requests', () => {
  const [one, other] = [createRequestId(), createRequestId()].map((id) => parseInt(id.slice(8), 16))
  expect(other! - one!).not.toBe(1)
})
