// One secret from where the file says it is. What its messages name is known to be a name: a secret that stands
// where its name belongs is in none of them.

import { resolve } from 'node:path'
import { Secret } from '../../crypto/secret.ts'
import { describeReadFault } from '../../files/readFault.ts'
import { readText } from '../../files/readText.ts'
import type { SecretReference } from '../schema/values.ts'

export interface SecretSources {
  readonly env: NodeJS.ProcessEnv
  /** Relative file names are looked up here. */
  readonly folder: string
}

export type ReadSecret =
  | { readonly secret: Secret; readonly warning?: string | undefined }
  | { readonly problem: string }

export async function readSecret(
  reference: SecretReference,
  sources: SecretSources,
): Promise<ReadSecret> {
  if (typeof reference === 'string') return readLiteral(reference)
  if ('env' in reference) return readFromEnvironment(reference.env, sources.env)
  return readFromFile(reference.file, sources.folder)
}

/** As shells, templates and other programs write what is to be replaced. */
const placeholder =
  /^(\$\{.*\}|\$\(.*\)|\$[A-Z_][A-Z0-9_]*|%[A-Za-z_][^%]*%|\{\{.*\}\}|<[A-Z_ -]+>|env:\w+|file:[\w./-]+)$/s

function readLiteral(text: string): ReadSecret {
  const secret = new Secret(text)
  if (!placeholder.test(text)) return { secret }
  const warning =
    'not expanded: these characters are the secret. For a variable write { env: CLIENT_SECRET }, for a file { file: PATH }.'
  return { secret, warning }
}

function readFromEnvironment(name: string, env: NodeJS.ProcessEnv): ReadSecret {
  const value = env[name]
  const subject = isPlainVariable(name)
    ? `the environment variable ${name}`
    : 'the environment variable that is named here'
  if (value === undefined) return { problem: `${subject} is not set.` }
  if (value === '') return { problem: `${subject} is empty.` }
  return { secret: new Secret(value), warning: findOuterSpace(value, subject) }
}

// Threat: somebody writes the secret itself, and the log of a failed start is read by many.
function isPlainVariable(name: string): boolean {
  return /^[A-Z_][A-Z0-9_]{0,63}$/.test(name)
}

async function readFromFile(name: string, folder: string): Promise<ReadSecret> {
  const file = resolve(folder, name)
  try {
    const value = await readText(file)
    const subject = `the file ${name}`
    if (value === '') return { problem: `${subject} is empty.` }
    return { secret: new Secret(value, file), warning: findOuterSpace(value, subject) }
  } catch (error) {
    const fault = describeReadFault(error)
    return { problem: `the file ${isPlainFile(name) ? name : 'that is named here'} ${fault}.` }
  }
}

// Threat: as above. Names have dots or slashes in places where secrets hardly do.
function isPlainFile(name: string): boolean {
  const isShort = name.split('/').every((segment) => /^[\w.-]{0,40}$/.test(segment))
  return isShort && /^\.{0,2}\/|\.[a-z]{1,8}$/.test(name)
}

function findOuterSpace(value: string, subject: string): string | undefined {
  if (value === value.trim()) return undefined
  return `${subject} begins or ends with white space, which is taken for a part of the secret.`
}
