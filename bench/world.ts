// What every row is made of: where things run, who is signed in, and how a process comes to be part of the run.

import { createHttpClient } from '../test/support/httpClient.ts'
import { freePort } from '../test/support/ports.ts'
import type { LoadTarget } from './load.ts'
import { measuredCore, start, supportCore, type Started } from './processes.ts'

export interface Row extends LoadTarget {
  readonly name: string
  /** The process that is measured. */
  readonly pid: number
}

/** Takes a process into the run, which ends it; gives its id. */
export type Keep = (started: Promise<Started>) => Promise<number>

export interface Places {
  readonly keep: Keep
  /** Port of the application. */
  readonly upstream: number
  /** For files of this run. */
  readonly folder: string
}

const path = '/api/things'

export function urlOf(port: number, target = path): string {
  return `http://127.0.0.1:${port}${target}`
}

export function startNode(
  script: string,
  args: readonly string[],
  port: number,
  core = measuredCore,
): Promise<Started> {
  return start({ core, command: process.execPath, args: [script, ...args], port })
}

/** The demo's issuer, for one client; gives its identifier. */
export async function startIssuer(keep: Keep, redirectUri: string): Promise<string> {
  const port = await freePort()
  const client = ['--client-secret', 'postern-secret', '--redirect-uri', redirectUri]
  // Because the load goes on sending the cookie that it began with, no session may be refreshed meanwhile.
  const args = ['--port', String(port), ...client, '--no-refresh-tokens']
  await keep(startNode('demo/issuerMain.ts', args, port, supportCore))
  return `http://localhost:${port}`
}

/** Signs alice in by the issuer's own form and hands back the Cookie field. */
export async function signIn(url: string): Promise<string> {
  const client = createHttpClient()
  const form = await client.navigate(url)
  const page = await client.submitForm(form, { login: 'alice', password: 'alice' })
  if (page.status !== 200)
    throw new Error(`sign-in at ${url} ended with ${page.status}: ${page.text}`)
  return client.cookies.fieldFor(url) ?? ''
}
