// A folder of its own, which is gone after the test.

import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Folder extends AsyncDisposable {
  readonly path: string
  /** As a whole, as careful programs write files that others read meanwhile. */
  write(name: string, content: string | Uint8Array): Promise<string>
  /** In place of what had the name. */
  link(name: string, target: string): Promise<void>
}

export async function createFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-test-'))
  const fresh = join(path, 'postern-fresh')
  return {
    path,
    async write(name, content) {
      const file = join(path, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(fresh, content, { mode: 0o600 })
      await rename(fresh, file)
      return file
    },
    async link(name, target) {
      await symlink(target, fresh)
      await rename(fresh, join(path, name))
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}
