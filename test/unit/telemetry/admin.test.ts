import { expect, test } from 'vitest'
import { createAdminListener, type Readiness } from '../../../src/telemetry/admin.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'

async function startAdmin(readiness: Readiness) {
  const metrics = createMetrics()
  const admin = createAdminListener({ address: { host: '127.0.0.1', port: 0 }, metrics, readiness })
  const { port } = await admin.listen()
  return {
    metrics,
    fetch: (path: string) => fetch(`http://127.0.0.1:${port}${path}`),
    [Symbol.asyncDispose]: () => admin.close(),
  }
}

test('a fault in a check of readiness is 500, and ends no process', async () => {
  await using admin = await startAdmin(() => {
    throw new Error('a fault')
  })
  const answer = await admin.fetch('/readyz')
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain('a fault')
  expect((await admin.fetch('/healthz')).status).toBe(200)
})

test('a metric that cannot be collected is 500, and ends no process', async () => {
  await using admin = await startAdmin(() => ({}))
  admin.metrics.registry.metrics = () => Promise.reject(new Error('a fault'))
  expect((await admin.fetch('/metrics')).status).toBe(500)
  expect((await admin.fetch('/healthz')).status).toBe(200)
})
