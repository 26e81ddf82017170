// The passwords that forms are replayed with: one for each route whose application has accounts of its own.

import type { WatchedFiles } from '../../files/watchedFiles.ts'
import type { Config } from '../config.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import { createWatchSecrets } from './secretFiles.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ReadReference } from './upstreamSecrets.ts'

// Because forms of every kind and charset carry it as it is.
const plainText = /^[!-~]([ -~]{0,198}[!-~])?$/

/** Why a text cannot take the place of a password; says nothing of the text. */
export function findFormPasswordFault(text: string): string | undefined {
  if (plainText.test(text)) return undefined
  return 'expected at most 200 characters of visible ASCII, without spaces at the ends: every form can carry these.'
}

// Because whoever guesses it is anybody, and an application counts no guesses.
const minLength = 20

interface FormPasswords {
  readonly passwords: Config['formPasswords']
  readonly findings: readonly Finding[]
  readonly warnings: readonly Finding[]
}

export async function readFormPasswords(
  config: UnresolvedConfig,
  read: ReadReference,
): Promise<FormPasswords> {
  const findings: Finding[] = []
  const warnings: Finding[] = []
  const routes = attempt(() => config.routes) ?? []
  const reading = routes.map(async (route, index) => {
    const path: SettingPath = ['routes', index, 'signInForm', 'success', 'replay', 'password']
    const secret = await read(
      attempt(() => route.signInForm?.success.replay?.password),
      path,
    )
    const message = secret && findFormPasswordFault(secret.reveal())
    if (message !== undefined) findings.push({ path, message })
    else if (secret !== undefined && secret.reveal().length < minLength) {
      const risk = `opens every account of the application to whoever guesses it: expected at least ${minLength} random characters. Make some with: postern keygen`
      warnings.push({ path, message: risk })
    }
    return secret
  })
  return { passwords: await Promise.all(reading), findings, warnings }
}

/** Renews those that came from files when these change. */
export function watchFormPasswords(
  { formPasswords }: Pick<Config, 'formPasswords'>,
  files: WatchedFiles,
): void {
  for (const [index, password] of formPasswords.entries()) {
    if (password === undefined) continue
    const setting = `routes[${index}].signInForm.success.replay.password`
    createWatchSecrets(setting, files, findFormPasswordFault)([password])
  }
}
