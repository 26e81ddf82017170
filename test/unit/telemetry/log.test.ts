import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const log = fileURLToPath(new URL('../../../src/telemetry/log.ts', import.meta.url))

/** Logs 5,000 lines, says so on standard error, and closes the log. */
const program = `
  import { createLog } from ${JSON.stringify(log)}
  const log = createLog('info')
  for (let line = 0; line < 50; line += 1) {
    for (let count = 0; count < 100; count += 1) log.info({ line, count, text: 'x'.repeat(100) }, 'line')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  process.stderr.write('alive')
  await log.close()
  process.exit(7)`

function startLogging(stdout: number | 'pipe'): ChildProcess {
  const args = ['--input-type=module', '-e', program]
  const child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

test('a disk that is full costs log lines, not the process', async () => {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const child = startLogging(full)
  const [alive] = await once(child.stderr!, 'data')
  expect(String(alive)).toBe('alive')
  expect(await once(child, 'exit')).toEqual([7, null])
})

test('a reader of the log that stalls keeps nobody from stopping', async () => {
  const child = startLogging('pipe')
  expect(await once(child, 'exit')).toEqual([7, null])
})

test('a reader of the log that is gone ends no process', async () => {
  const child = startLogging('pipe')
  child.stdout!.destroy()
  expect(await once(child, 'exit')).toEqual([7, null])
})

test('everything that was logged is written before the process ends, each line with its time', async () => {
  const child = startLogging('pipe')
  let text = ''
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const startedAt = Date.now()
  await once(child, 'close')
  const lines = text.trimEnd().split('\n')
  expect(lines).toHaveLength(5000)
  const times = lines.map((line) => /"time":"([^"]+)"/.exec(line)?.[1] ?? '')
  expect(times).toEqual(times.toSorted())
  expect(times.every((time) => new Date(time).toISOString() === time)).toBe(true)
  expect(Date.parse(times[0]!)).toBeGreaterThan(startedAt - 1000)
  expect(new Set(times).size).toBeGreaterThanOrEqual(40)
})
