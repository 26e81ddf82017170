import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { TallyCounter } from '../../../src/telemetry/tallyCounter.ts'

test('what is tallied is in the text once, beside what is counted', async () => {
  const registry = new Registry()
  const counter = new TallyCounter({
    name: 'things_total',
    help: 'Things.',
    labelNames: ['kind'],
    registers: [registry],
  })
  const countBig = counter.open({ kind: 'big' })
  countBig()
  countBig()
  counter.inc({ kind: 'big' })
  counter.inc({ kind: 'small' })
  const expected = ['things_total{kind="big"} 3', 'things_total{kind="small"} 1']
  const read = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('t'))
  expect(new Set(await read())).toEqual(new Set(expected))
  expect(new Set(await read())).toEqual(new Set(expected))
  countBig()
  expect(await read()).toContain('things_total{kind="big"} 4')
})
