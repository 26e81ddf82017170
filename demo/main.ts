// `npm run demo`: arguments and signals in, exit code out.

import { parseArgs } from 'node:util'
import { DemoError } from './demoError.ts'
import { runDemo } from './run.ts'
import { helpText } from './words.ts'

const options = { redis: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args)
  if (flags === undefined) {
    process.stderr.write(`Unknown argument in: ${args.join(' ')}. See npm run demo -- --help\n`)
    return 2
  }
  if (flags.help === true) {
    process.stdout.write(helpText)
    return 0
  }
  try {
    await runDemo({
      withRedis: flags.redis === true,
      stopped: untilStopped(),
      say: (text) => process.stdout.write(text),
    })
    return 0
  } catch (error) {
    if (!(error instanceof DemoError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch {
    return undefined
  }
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve())
  })
}
