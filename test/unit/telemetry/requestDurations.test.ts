import { expect, test } from 'vitest'
import { RequestDurations } from '../../../src/telemetry/requestDurations.ts'

const labels = { route: '/a', outcome: 'passed', status: '2xx' }
const name = 'postern_request_duration_seconds'

function valuesOf(durations: RequestDurations): Map<string, number> {
  const lines = durations.toText().trimEnd().split('\n')
  return new Map(
    lines
      .filter((line) => !line.startsWith('#'))
      .map((line) => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.slice(line.lastIndexOf(' '))),
      ]),
  )
}

test('each bucket counts all that took no longer than its bound, the bound itself included', () => {
  const durations = new RequestDurations()
  const observe = durations.open(labels)
  for (const seconds of [0.0005, 0.001, 0.0011, 60, 61]) observe(seconds)
  const values = valuesOf(durations)
  const bucket = (le: string) =>
    values.get(`${name}_bucket{le="${le}",route="/a",outcome="passed",status="2xx"}`)
  expect([bucket('0.001'), bucket('0.005'), bucket('30'), bucket('60'), bucket('+Inf')]).toEqual([
    2, 3, 3, 4, 5,
  ])
  expect(values.get(`${name}_count{route="/a",outcome="passed",status="2xx"}`)).toBe(5)
  expect(values.get(`${name}_sum{route="/a",outcome="passed",status="2xx"}`)).toBeCloseTo(121.0026)
})

test('series are kept apart, and say what they are before any request', () => {
  const durations = new RequestDurations()
  expect(durations.toText()).toMatch(/^# HELP \S+ .+\n# TYPE \S+ histogram\n$/)
  durations.open(labels)(1)
  durations.open({ ...labels, route: '/b' })(1)
  const counts = [...valuesOf(durations)].filter(([series]) => series.startsWith(`${name}_count`))
  expect(counts.map(([, count]) => count)).toEqual([1, 1])
})

test('a route may have any name', () => {
  const durations = new RequestDurations()
  durations.open({ ...labels, route: 'a "b"\\\nc' })(1)
  const line = durations
    .toText()
    .split('\n')
    .find((text) => text.includes('_count'))
  expect(line).toBe(`${name}_count{route="a \\"b\\"\\\\\\nc",outcome="passed",status="2xx"} 1`)
})
