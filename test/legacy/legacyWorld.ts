// An old application of examples/legacy behind `postern serve`, with the example's own postern.yaml. Changed in it are
// the addresses alone: whose issuer, which ports.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { until } from '../gateway/steps.ts'
import { createHttpClient, type HttpAnswer, type HttpClient } from '../support/httpClient.ts'
import { startIssuer, type TestIssuer } from '../support/issuer.ts'
import { freePort } from '../support/ports.ts'
import { startProgram, type RunningProgram } from '../support/process.ts'
import {
  appPassword,
  exampleFolder,
  startLegacyApp,
  type AppName,
  type LegacyApp,
} from './legacyApp.ts'

export interface LegacyWorld extends AsyncDisposable {
  readonly publicUrl: string
  readonly port: number
  readonly app: LegacyApp
  readonly gateway: RunningProgram
  readonly issuer: TestIssuer
  /** A browser that has signed in at the issuer, and the page at `path`. */
  signIn(who: string, path?: string): Promise<{ client: HttpClient; page: HttpAnswer }>
}

export async function startLegacyWorld(name: AppName): Promise<LegacyWorld> {
  const stack = new AsyncDisposableStack()
  try {
    return await build(stack, name)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function build(stack: AsyncDisposableStack, name: AppName): Promise<LegacyWorld> {
  const app = stack.use(await startLegacyApp(name))
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const issuer = stack.use(
    await startIssuer({
      redirectUris: [`${publicUrl}/.postern/callback`],
      postLogoutRedirectUris: [`${publicUrl}/.postern/logout`],
      passwordGrant: true,
    }),
  )
  const file = await writeConfig(name, { app, publicUrl, port, issuer })
  const gateway = stack.use(
    startProgram(['--config', file], {
      env: { CLIENT_SECRET: issuer.clientSecret, APP_PASSWORD: appPassword },
    }),
  )
  await gateway.logged('Postern is listening')
  return {
    publicUrl,
    port,
    app,
    gateway,
    issuer,
    async signIn(who, path = '/') {
      const client = createHttpClient()
      const form = await client.navigate(publicUrl + path)
      return { client, page: await client.submitForm(form, { login: who, password: who }) }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Everything that the gateway has written, once what has happened so far is in it: lines leave several at a time. */
export async function readGatewayLog({ gateway, publicUrl }: LegacyWorld): Promise<string> {
  const isMark = ({ method }: Readonly<Record<string, unknown>>) => method === 'DELETE'
  const marks = gateway.logLines().filter(isMark).length
  await createHttpClient().request(`${publicUrl}/.postern/session`, { method: 'DELETE' })
  await until(() => gateway.logLines().filter(isMark).length > marks, 20_000)
  return gateway.stdout() + gateway.stderr()
}

/** A browser that has signed in by the form of the order book, and the page that it got. */
export async function signInByForm(
  { publicUrl }: LegacyWorld,
  who: string,
): Promise<{ client: HttpClient; page: HttpAnswer }> {
  const client = createHttpClient()
  const form = await client.navigate(`${publicUrl}/login.php`)
  return { client, page: await client.submitForm(form, { user: who, pass: who }) }
}

interface Addresses {
  readonly app: LegacyApp
  readonly publicUrl: string
  readonly port: number
  readonly issuer: TestIssuer
}

async function writeConfig(name: AppName, { app, publicUrl, port, issuer }: Addresses) {
  const document = parseDocument(await readFile(join(exampleFolder(name), 'postern.yaml'), 'utf8'))
  const upstream = String(document.getIn(['routes', 0, 'upstream']))
  const changes: readonly (readonly [readonly (string | number)[], unknown])[] = [
    [['publicUrl'], publicUrl],
    [['listen', 'address'], `127.0.0.1:${port}`],
    [['admin', 'address'], '127.0.0.1:0'],
    [['providers', 0, 'issuer'], issuer.issuer],
    [['providers', 0, 'clientId'], issuer.clientId],
    [['upstreams', upstream, 'url'], app.url],
    [['insecure', 'allowHttpIssuer'], true],
  ]
  for (const [path, value] of changes) document.setIn(path, value)
  const file = join(app.folder, 'postern.yaml')
  await writeFile(file, document.toString())
  return file
}

/** The lines of a page that says what the application was told. */
export function parseEnvironment({ status, text }: HttpAnswer): Map<string, string> {
  if (status !== 200) throw new Error(`no environment but ${status}: ${text}`)
  return new Map(
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
