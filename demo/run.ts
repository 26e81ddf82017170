// The demo's life: everything it starts is in one stack, which is taken down whatever happens.

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startProgram } from './childProcess.ts'
import { DemoError } from './demoError.ts'
import { createIssuer } from './issuer.ts'
import { createLegacyApp } from './legacyApp.ts'
import { adminUrl, client, issuerUrl, machine, places } from './places.ts'
import { checkPorts, listen } from './ports.ts'
import { findRedisServer, startRedis, writeRedisConfig } from './redis.ts'
import { farewellText, welcomeText, type Facts } from './words.ts'

export interface DemoOptions {
  readonly withRedis: boolean
  /** Resolves when the person wants the demo to end. */
  readonly stopped: Promise<void>
  readonly say: (text: string) => void
}

const root = resolve(import.meta.dirname, '..')
const exampleConfig = join(root, 'config.example.yaml')
const gatewayCommand = [process.execPath, join(root, 'src', 'main.ts')] as const

const readinessDeadlineMs = 30_000
const pollIntervalMs = 100

/**
 * Runs until `stopped`, then takes everything down.
 * @throws DemoError where something cannot start or ends by itself; the logs are kept then
 */
export async function runDemo({ withRedis, stopped, say }: DemoOptions): Promise<void> {
  const redisServer = withRedis ? findRedisServer() : undefined
  await checkPorts(Object.values(places))
  const directory = await mkdtemp(join(tmpdir(), 'postern-demo-'))
  await using stack = new AsyncDisposableStack()
  const { failure, facts } = await startAll(stack, directory, redisServer)
  const ended = Promise.race([stopped, failure])
  const polling = new AbortController()
  stack.defer(() => polling.abort())
  const isUp = await Promise.race([untilReady(facts.gatewayLog, polling.signal), ended])
  if (isUp === true) say(welcomeText(facts))
  await ended
  await stack.disposeAsync()
  await rm(directory, { recursive: true, force: true })
  if (isUp === true) say(farewellText(facts))
}

interface Started {
  /** Rejects once a program ends by itself; never resolves. */
  readonly failure: Promise<never>
  readonly facts: Facts
}

async function startAll(
  stack: AsyncDisposableStack,
  directory: string,
  redisServer: string | undefined,
): Promise<Started> {
  const redis = redisServer && stack.use(await startRedis(redisServer, directory))
  const issuer = await createIssuer({ issuer: issuerUrl, clients: [client, machine] })
  stack.use(await listen(createServer(issuer), places.issuer))
  const config = redis ? await writeRedisConfig(exampleConfig, directory, redis.url) : exampleConfig
  const gatewayLog = join(directory, 'gateway.log')
  const gateway = stack.use(startGateway(config, gatewayLog))
  // Because the last one in is the first to go: without its clock, the gateway need not wait for open pages.
  stack.use(await listen(createLegacyApp(), places.legacyApp))
  return {
    failure: Promise.race([gateway.failure, ...(redis ? [redis.failure] : [])]),
    facts: { redisUrl: redis ? redis.url : undefined, config, gatewayLog },
  }
}

function startGateway(config: string, logFile: string) {
  const [command, script] = gatewayCommand
  const args = [script, '--config', config]
  return startProgram({ name: 'The gateway', command, args, cwd: root, logFile })
}

/** `true` once everything answers; `false` where the signal came first. */
async function untilReady(gatewayLog: string, signal: AbortSignal): Promise<boolean> {
  const urls = [
    `${issuerUrl}/.well-known/openid-configuration`,
    `http://127.0.0.1:${places.legacyApp.port}/headers.json`,
    `${adminUrl}/readyz`,
  ]
  const deadline = Date.now() + readinessDeadlineMs
  while (!(await Promise.all(urls.map(isAnswering))).every(Boolean)) {
    if (Date.now() > deadline) {
      throw new DemoError(
        `The gateway was not ready within ${readinessDeadlineMs / 1000} s. Its log: ${gatewayLog}`,
      )
    }
    if (signal.aborted) return false
    await new Promise((wake) => setTimeout(wake, pollIntervalMs))
  }
  return true
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}
