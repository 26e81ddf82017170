import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWatchSecrets } from '../../../../src/config/secrets/secretFiles.ts'
import { Secret } from '../../../../src/crypto/secret.ts'
import { createWatchedFiles, type WatchedFiles } from '../../../../src/files/watchedFiles.ts'
import { createLog } from '../../../../src/telemetry/log.ts'
import { createFolder, type Folder } from '../../../support/folder.ts'

let folder: Folder
let files: WatchedFiles
let written = ''

beforeEach(async () => {
  folder = await createFolder()
  written = ''
  const log = createLog('debug', { write: (line) => void (written += line) })
  files = createWatchedFiles(log, 5)
})
afterEach(async () => {
  files.stop()
  await folder[Symbol.asyncDispose]()
})

async function createSecret(name: string, text: string): Promise<Secret> {
  return new Secret(text, await folder.write(name, `${text}\n`))
}

/** Begins to watch; what it returns grows by the revealed secrets at each change. */
function watch(...secrets: Secret[]): string[][] {
  const told: string[][] = []
  const onChanged = () => void told.push(secrets.map((secret) => secret.reveal()))
  createWatchSecrets('a.setting', files)(secrets, onChanged)
  files.start()
  return told
}

describe('a secret out of a file', () => {
  test('is the new one once the file has changed, and the log does not say which', async () => {
    const password = await createSecret('password', 'first')
    const told = watch(password)
    await folder.write('password', 'second\n')
    await expect.poll(() => told).toEqual([['second']])
    expect(written).toContain('a.setting')
    expect(written).not.toContain('second')
  })

  test('stays what it is while the file is empty', async () => {
    const password = await createSecret('password', 'first')
    const told = watch(password)
    await folder.write('password', '\n')
    await expect.poll(() => written).toContain(`the file ${password.file} is empty`)
    expect(password.reveal()).toBe('first')
    await folder.write('password', 'second')
    await expect.poll(() => told).toEqual([['second']])
  })

  test('and another one that change together are told of once', async () => {
    const [id, secret] = [await createSecret('id', 'a'), await createSecret('secret', 'b')]
    await folder.write('id', 'c')
    await folder.write('secret', 'd')
    const told = watch(id, secret)
    await expect.poll(() => told).toEqual([['c', 'd']])
  })

  test('goes along with one that was written out, which stays what it is', async () => {
    const [id, secret] = [new Secret('a'), await createSecret('secret', 'b')]
    const told = watch(id, secret)
    await folder.write('secret', 'd')
    await expect.poll(() => told).toEqual([['a', 'd']])
  })
})
