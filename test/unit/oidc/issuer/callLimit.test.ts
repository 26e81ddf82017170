import { expect, test } from 'vitest'
import { createCallLimit } from '../../../../src/oidc/issuer/callLimit.ts'
import { IssuerUnavailable } from '../../../../src/oidc/issuer/faults.ts'

test('calls beyond the limit wait, those beyond the queue are refused, and places are handed on', async () => {
  const limit = createCallLimit(2, 2)
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>())
  const begun: number[] = []
  const calls = gates.map(({ promise }, at) =>
    limit.run(() => {
      begun.push(at)
      return promise
    }),
  )
  await expect(limit.run(async () => 0)).rejects.toBeInstanceOf(IssuerUnavailable)
  expect(begun).toEqual([0, 1])
  gates[1]!.reject(new Error('broken'))
  await expect(calls[1]).rejects.toThrow('broken')
  await expect.poll(() => begun).toEqual([0, 1, 2])
  for (const [at, gate] of gates.entries()) gate.resolve(at)
  expect(await Promise.all([calls[0], calls[2], calls[3]])).toEqual([0, 2, 3])
  expect(begun).toEqual([0, 1, 2, 3])
  expect(await limit.run(async () => 7)).toBe(7)
})
