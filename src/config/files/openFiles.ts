// Files with secrets that others on this machine may read. As ssh does, it speaks of files of this account alone: what
// somebody else has put there, as Kubernetes and Docker do, is not ours to change.

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Finding, SettingPath } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'

/** Relative names are looked up in `folder`. */
export async function findOpenFiles(config: UnresolvedConfig, folder: string): Promise<Finding[]> {
  const { tls } = config.listen
  const named: readonly NamedFile[] = [
    ...listFiles(config, []),
    ...(tls === undefined ? [] : [[['listen', 'tls', 'key'], tls.key] as const]),
  ]
  const findings = named.map(async ([path, file]): Promise<Finding[]> => {
    if (!(await isOpen(resolve(folder, file)))) return []
    const message = `other accounts of this machine may read the file ${file}. chmod 600 keeps them out.`
    return [{ path, message }]
  })
  return (await Promise.all(findings)).flat()
}

type NamedFile = readonly [path: SettingPath, file: string]

/** Wherever a setting is `{ file: … }` and no more: secrets, and keys that sign. */
function listFiles(value: unknown, path: SettingPath): NamedFile[] {
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  const [name, file] = entries[0] ?? []
  if (entries.length === 1 && name === 'file' && typeof file === 'string') return [[path, file]]
  return entries.flatMap(([key, inner]) =>
    listFiles(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

async function isOpen(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && found.uid === process.getuid?.() && (found.mode & 0o077) !== 0
}
