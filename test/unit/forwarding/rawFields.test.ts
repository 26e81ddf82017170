import { array, assert, constantFrom, property, tuple, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { toRawFields } from '../../../src/forwarding/rawFields.ts'

test('fields are the same bytes, wherever in memory their parts lie', () => {
  const part = uint8Array({ maxLength: 6 })
  const memory = constantFrom('first read', 'second read', 'own')
  assert(
    property(array(tuple(part, memory), { maxLength: 12 }), (parts) => {
      const reads = { 'first read': Buffer.alloc(80), 'second read': Buffer.alloc(80) }
      let at = 0
      const raw = parts.map(([bytes, place]) => {
        if (place === 'own') return Buffer.from(bytes)
        const target = reads[place].subarray(at, at + bytes.length)
        target.set(bytes)
        at += bytes.length
        return target
      })
      expect(toRawFields(raw)).toEqual(
        parts.map(([bytes]) => Buffer.from(bytes).toString('latin1')),
      )
    }),
  )
})

test('parts that lie in another order than they came are told apart', () => {
  const memory = Buffer.from('abcdef')
  const raw = [memory.subarray(4, 6), memory.subarray(0, 2), memory.subarray(2, 4)]
  expect(toRawFields(raw)).toEqual(['ef', 'ab', 'cd'])
  expect(toRawFields(raw.toReversed())).toEqual(['cd', 'ab', 'ef'])
})
