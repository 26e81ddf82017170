import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { configSchema, type ConfigInput } from '../../src/config/schema.ts'
import { readBlocks } from '../support/docsPage.ts'
import { freePort } from '../support/ports.ts'
import { startWorld } from '../support/world.ts'

const run = promisify(execFile)

const blocks = await readBlocks('docs/api-gateway.md')

/** The page's first configuration, with our neighbours in place of the ones that it names. */
function readConfiguration(): ConfigInput {
  const value: unknown = parse(blocks.find(({ kind }) => kind === 'yaml')?.text ?? '')
  expect(configSchema.safeParse(value).error).toBeUndefined()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- because it has just been parsed as one
  return value as ConfigInput
}

const end = '-- end of a block --'

test('every command of the page about APIs does what the page says', async () => {
  const { routes, providers } = readConfiguration()
  const port = await freePort()
  const issuerPort = await freePort()
  const issuer = `http://localhost:${issuerPort}`
  await using world = await startWorld({
    port,
    issuer: {
      port: issuerPort,
      apis: { 'https://invoices.example.com': { scope: 'invoices:read', format: 'jwt' } },
    },
    routes: routes.map((route) => ({ ...route, upstream: 'app' })),
    config: { providers: providers.map((provider) => ({ ...provider, issuer })) },
  })
  const localized = (text: string): string =>
    text
      .replaceAll('https://acme.genauth.example/oidc', issuer)
      .replaceAll('https://api.example.com', world.publicUrl)

  const commands = blocks.filter(({ kind }) => kind === 'sh')
  const script = commands.map(({ text }) => `${localized(text)}\necho; echo '${end}'\n`).join('')
  const { stdout } = await run('bash', ['-c', `set -e\n${script}`])
  const outputs = stdout.split(end)
  for (const [at, { text }] of commands.entries()) {
    const next = blocks[blocks.findIndex((block) => block.text === text) + 1]
    const expected = next?.kind === 'http' ? localized(next.text).trim().split('\n') : []
    for (const line of expected) expect(outputs[at]).toContain(line)
  }
  expect(commands.length).toBeGreaterThan(5)
  expect(world.upstream.requests.map(({ url }) => url)).toEqual(['/invoices/7', '/reports/2026'])
})

test('every configuration on that page is one', () => {
  const whole = readConfiguration()
  for (const { kind, text } of blocks) {
    if (kind !== 'yaml') continue
    const part: unknown = parse(text)
    expect(configSchema.safeParse(Object.assign({}, whole, part)).error, text).toBeUndefined()
  }
})
