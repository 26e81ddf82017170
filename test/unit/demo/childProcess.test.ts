import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startProgram } from '../../../demo/childProcess.ts'

test('a program that ends by itself is reported by name, with where its log is', async () => {
  await using log = await temporaryLog()
  await using running = startProgram(nodeProgram('console.log("last words"); process.exit(7)', log))
  await expect(running.failure).rejects.toMatchObject({
    name: 'DemoError',
    message: `The gateway has ended (exit code 7). Its log: ${log.path}`,
  })
  expect(await readFile(log.path, 'utf8')).toBe('last words\n')
})

test('a program that cannot start is reported by name', async () => {
  await using log = await temporaryLog()
  await using running = startProgram({ ...nodeProgram('', log), command: '/nowhere/at/all' })
  await expect(running.failure).rejects.toMatchObject({
    name: 'DemoError',
    message: expect.stringContaining('The gateway did not start'),
  })
})

test('a program that does not listen to SIGTERM is gone all the same', async () => {
  await using log = await temporaryLog()
  const deaf =
    'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid)'
  const running = startProgram(nodeProgram(deaf, log))
  await expect.poll(() => readFile(log.path, 'utf8'), { timeout: 5000 }).toMatch(/\d+\n/)
  const pid = Number(await readFile(log.path, 'utf8'))
  await running[Symbol.asyncDispose]()
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
}, 10_000)

function nodeProgram(script: string, log: { path: string }) {
  return {
    name: 'The gateway',
    command: process.execPath,
    args: ['-e', script],
    cwd: tmpdir(),
    logFile: log.path,
  }
}

async function temporaryLog(): Promise<AsyncDisposable & { path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-test-'))
  return {
    path: join(directory, 'log'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}
