// The section of the quick start about an issuer to try with, as it stands there: its commands, each in a process of its
// own, and its configuration, at other ports.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readBlocks } from '../support/docsPage.ts'
import { createFolder } from '../support/folder.ts'
import { createHttpClient } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'

const run = promisify(execFile)

/** A command that stays, until its output has these words; ended with all that it has started. */
async function startCommand(command: string, words?: string): Promise<AsyncDisposable> {
  const child = spawn('bash', ['-c', command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = once(child, 'close')
  let printed = ''
  const { promise, resolve } = Promise.withResolvers<void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (words !== undefined && printed.includes(words)) resolve()
  })
  if (words !== undefined) {
    const early = ended.then(() => Promise.reject(new Error(`${command} has ended: ${printed}`)))
    await Promise.race([promise, early])
  }
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM')
      await ended
    },
  }
}

test('every command of the section about an issuer to try with does what it says', async () => {
  const page = await readFile('docs/quick-start.md', 'utf8')
  const section = page.slice(page.indexOf('## An issuer to try with'), page.indexOf('## Next'))
  await using folder = await createFolder()
  const blocks = await readBlocks(await folder.write('section.md', section))
  const app = await freePort()
  const gateway = await freePort()
  const ports = new Map([
    ['8081', await freePort()],
    ['8080', gateway],
    ['3000', app],
  ])
  const localized = (text: string): string =>
    text
      .replaceAll(/\b(8081|8080|3000)\b/g, (port) => String(ports.get(port)))
      .replace('postern --config trial.yaml', `node src/main.ts --config ${folder.path}/trial.yaml`)
  const commands = blocks.flatMap(({ kind, text }, at) =>
    kind === 'sh' ? [{ text: localized(text), next: blocks[at + 1] }] : [],
  )
  const [startIssuer, startApp, startGateway, ...calls] = commands
  const yaml = localized(blocks.find(({ kind }) => kind === 'yaml')!.text)
  await folder.write('trial.yaml', `${yaml}admin: { address: 127.0.0.1:0 }\n`)

  await using stack = new AsyncDisposableStack()
  stack.use(await startCommand(startIssuer!.text, 'is up'))
  stack.use(await startCommand(startApp!.text))
  const isUp = () =>
    fetch(`http://127.0.0.1:${app}/`).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(isUp, { timeout: 20_000 }).toBe(true)
  stack.use(await startCommand(startGateway!.text, 'Postern is listening'))

  const client = createHttpClient()
  const form = await client.navigate(`http://localhost:${gateway}/`)
  const home = await client.submitForm(form, { login: 'alice', password: 'alice' })
  expect(home.text).toContain('"x-forwarded-preferred-username": "alice"')
  for (const { text, next } of calls) {
    const { stdout } = await run('bash', ['-c', text])
    const expected = next?.kind === 'http' ? next.text.trim().split('\n') : []
    expect(expected.length).toBeGreaterThan(1)
    for (const line of expected) expect(stdout).toContain(line)
  }
  expect(calls).toHaveLength(3)
})
