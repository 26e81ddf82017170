// Before the tests: the programs that npm does not bring. Installs them where it may; never skips. Fails for those
// without which a test would not run; the rest are runtimes that the pages of docs/ have programs for.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.ts'

/** Program -> Debian package. */
const needed: Readonly<Record<string, string>> = {
  'redis-server': 'redis-server',
  chromium: 'chromium',
  openssl: 'openssl',
  curl: 'curl',
  // Because `apache2` itself would start a server on port 80; this is the program and its modules alone.
  apache2: 'apache2-bin',
  htpasswd: 'apache2-utils',
  'php-cgi': 'php-cgi',
}

/** Debian package -> what succeeds where it is there, or is not needed. */
const wanted: Readonly<Record<string, string>> = {
  'php-cli': 'php -v',
  'python3-cryptography':
    'python3 -c "import cryptography" || /usr/bin/python3 -c "import cryptography"',
}

// Because Debian puts servers where only root's PATH leads.
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']

function isInstalled(program: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function findMissing(): string[] {
  return Object.keys(needed).filter((program) => !isInstalled(program))
}

async function findWanted(): Promise<string[]> {
  const packages = Object.entries(wanted).map(async ([name, trial]) => {
    const { succeeded } = await run('sh', ['-c', trial])
    return succeeded ? [] : [name]
  })
  return (await Promise.all(packages)).flat()
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

const packages = findMissing().map((program) => needed[program]!)
const mayInstall = process.getuid?.() === 0 && isInstalled('apt-get')
const allPackages = mayInstall ? [...packages, ...(await findWanted())] : []
if (allPackages.length > 0) await install(allPackages)

const stillMissing = findMissing()
if (stillMissing.length > 0) {
  say(`the tests need ${stillMissing.join(' and ')}. Install with:`)
  say(`sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`)
  process.exitCode = 1
}
