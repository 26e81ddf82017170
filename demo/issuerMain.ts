// `npm run issuer`: the demo's issuer alone, for one client of the person's own choosing.

import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import type { ClientMetadata } from 'oidc-provider'
import { DemoError } from './demoError.ts'
import { createIssuer } from './issuer.ts'
import { issuerHelpText, issuerText } from './issuerWords.ts'
import { listen } from './ports.ts'

const usualRedirectUri = 'http://localhost:8080/.postern/callback'

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args)
  if (flags === undefined) {
    process.stderr.write(`Not understood: ${args.join(' ')}. See npm run issuer -- --help\n`)
    return 2
  }
  if (flags.help) {
    process.stdout.write(issuerHelpText)
    return 0
  }
  try {
    await serve(flags)
    return 0
  } catch (error) {
    if (!(error instanceof DemoError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function parseFlags(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8081' },
        'client-id': { type: 'string', default: 'postern' },
        'client-secret': { type: 'string', default: 'for-trying-things-out-only' },
        'redirect-uri': { type: 'string', multiple: true, default: [usualRedirectUri] },
        'no-refresh-tokens': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const isUsable = isPort(values.port) && values['redirect-uri'].every(isUrl)
    return isUsable ? values : undefined
  } catch {
    return undefined
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536
}

function isUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

type Flags = NonNullable<ReturnType<typeof parseFlags>>

async function serve(flags: Flags): Promise<void> {
  const issuer = `http://localhost:${flags.port}`
  const client = toClient(flags)
  const listener = await createIssuer({ issuer, clients: [client] })
  const place = { port: Number(flags.port), owner: 'the issuer' }
  await using stack = new AsyncDisposableStack()
  stack.use(await listen(createServer(listener), place))
  process.stdout.write(issuerText({ issuer, client }))
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve())
    }
  })
}

function toClient(flags: Flags): ClientMetadata & { redirect_uris: string[] } {
  const uris = flags['redirect-uri']
  const refreshing = flags['no-refresh-tokens'] ? [] : ['refresh_token']
  return {
    client_id: flags['client-id'],
    client_secret: flags['client-secret'],
    redirect_uris: uris,
    // Because the gateway comes back from a sign-out beside where it comes back from a sign-in.
    post_logout_redirect_uris: uris.map((uri) => uri.replace(/\/callback$/, '/logout')),
    grant_types: ['authorization_code', 'password', 'client_credentials', ...refreshing],
  }
}
