// Before the tests: the programs that npm does not bring. Installs them where it may; never skips.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.ts'

/** Program on the PATH -> Debian package. */
const needed: Readonly<Record<string, string>> = {
  'redis-server': 'redis-server',
  chromium: 'chromium',
  openssl: 'openssl',
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function findMissing(): string[] {
  return Object.keys(needed).filter((program) => !isOnPath(program))
}

function say(sentence: string): void {
  process.stdout.write(`setup: ${sentence}\n`)
}

async function install(packages: readonly string[]): Promise<void> {
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    say(`apt-get ${args.join(' ')}`)
    const { succeeded, output } = await run('env', [
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      ...args,
    ])
    if (!succeeded) process.stdout.write(output)
  }
}

const missing = findMissing()
const packages = missing.map((program) => needed[program]!)
const mayInstall = process.getuid?.() === 0 && isOnPath('apt-get')
if (missing.length > 0 && mayInstall) await install(packages)

const stillMissing = findMissing()
if (stillMissing.length > 0) {
  say(`the tests need ${stillMissing.join(' and ')}. Install with:`)
  say(`sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`)
  process.exitCode = 1
}
