// The passwords that forms are replayed with: one for each route whose application has accounts of its own.

import type { Config } from './config.ts'
import type { Finding, SettingPath } from './problem.ts'
import { attempt } from './readable.ts'
import type { UnresolvedConfig } from './schema.ts'
import type { ReadReference } from './upstreamSecrets.ts'

// Because forms of every kind and charset carry it as it is.
const plainText = /^[!-~]([ -~]{0,198}[!-~])?$/

export async function readFormPasswords(
  config: UnresolvedConfig,
  read: ReadReference,
): Promise<{ readonly passwords: Config['formPasswords']; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const routes = attempt(() => config.routes) ?? []
  const reading = routes.map(async (route, index) => {
    const path: SettingPath = ['routes', index, 'signInForm', 'success', 'replay', 'password']
    const secret = await read(
      attempt(() => route.signInForm?.success.replay?.password),
      path,
    )
    if (secret !== undefined && !plainText.test(secret.reveal())) {
      const message =
        'expected at most 200 characters of visible ASCII, without spaces at the ends: every form can carry these.'
      findings.push({ path, message })
    }
    return secret
  })
  return { passwords: await Promise.all(reading), findings }
}
