import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSecretFiles, type SecretFiles } from '../../../src/config/secretFiles.ts'
import { Secret } from '../../../src/crypto/secret.ts'
import { createLog } from '../../../src/telemetry/log.ts'
import { createFolder, type ConfigFolder } from './configFile.ts'

let folder: ConfigFolder
let files: SecretFiles
let written = ''

beforeEach(async () => {
  folder = await createFolder()
  written = ''
  files = createSecretFiles(createLog('debug', { write: (line) => void (written += line) }))
})
afterEach(async () => {
  files.stop()
  await folder[Symbol.asyncDispose]()
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('a secret out of a file', () => {
  test('is the new one once the file has changed, and whoever follows it is told', async () => {
    const file = await folder.write('password', 'first\n')
    const told: string[] = []
    const live = files.follow({ secret: new Secret('first'), file }, () =>
      told.push(live.current().reveal()),
    )
    files.start()
    await writeFile(file, 'second\n')
    await until(() => told.length > 0)
    expect(told).toEqual(['second'])
    expect(written).toContain(file)
    expect(written).not.toContain('second')
  })

  test('follows the symbolic links that Kubernetes replaces', async () => {
    for (const [name, text] of [
      ['one', 'first'],
      ['two', 'second'],
    ] as const) {
      await mkdir(join(folder.path, name))
      await writeFile(join(folder.path, name, 'password'), text)
    }
    await symlink('one', join(folder.path, '..data'))
    const file = join(folder.path, 'password')
    await symlink(join('..data', 'password'), file)
    const live = files.follow({ secret: new Secret('first'), file })
    files.start()
    await symlink('two', join(folder.path, '..data_tmp'))
    await rename(join(folder.path, '..data_tmp'), join(folder.path, '..data'))
    await until(() => live.current().reveal() === 'second')
    expect(live.current().reveal()).toBe('second')
  })

  test.each([
    ['is gone', (file: string) => rm(file)],
    ['is empty', (file: string) => writeFile(file, '\n')],
  ])('stays what it is while the file %s, and the log says so once', async (_name, spoil) => {
    const file = await folder.write('password', 'first')
    const live = files.follow({ secret: new Secret('first'), file })
    files.start()
    await spoil(file)
    await until(() => written.includes('cannot be read again'))
    expect(live.current().reveal()).toBe('first')
    // Because a file that is written is empty for a moment.
    await rename(await folder.write('next', 'second'), file)
    await until(() => live.current().reveal() === 'second')
    expect(written.split('cannot be read again')).toHaveLength(2)
  })

  test('and another one that change together are told of once', async () => {
    const id = await folder.write('id', 'a')
    const secret = await folder.write('secret', 'b')
    let told = 0
    const onChanged = () => (told += 1)
    const liveId = files.follow({ secret: new Secret('a'), file: id }, onChanged)
    const liveSecret = files.follow({ secret: new Secret('b'), file: secret }, onChanged)
    await writeFile(id, 'c')
    await writeFile(secret, 'd')
    files.start()
    await until(() => told > 0)
    expect([liveId.current().reveal(), liveSecret.current().reveal(), told]).toEqual(['c', 'd', 1])
  })

  test('that was written out or came from a variable stays what it is', () => {
    const live = files.follow({ secret: new Secret('first') })
    files.start()
    expect(live.current().reveal()).toBe('first')
  })
})
