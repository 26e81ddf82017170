import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createWatchedFiles,
  type Taken,
  type WatchedFiles,
} from '../../../src/files/watchedFiles.ts'
import { createFolder, type Folder } from '../../support/folder.ts'

let folder: Folder
let files: WatchedFiles
let lines: Readonly<Record<string, unknown>>[]
let told: (readonly string[])[]

const write = (level: string) => (fields: Readonly<Record<string, unknown>>) =>
  void lines.push({ level, ...fields })
const log = {
  debug: write('debug'),
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
}

beforeEach(async () => {
  folder = await createFolder()
  files = createWatchedFiles(log, 5)
  lines = []
  told = []
})
afterEach(async () => {
  files.stop()
  await folder[Symbol.asyncDispose]()
})

/** Watches a file that is in use as `old`. */
function watch(file: string, take: (text: string | undefined) => Taken = () => ({})): void {
  files.watch({
    setting: 'a.setting',
    files: [file],
    contents: ['old'],
    take(contents) {
      const taken = take(contents[0])
      if (taken.fault === undefined) told.push(contents)
      return taken
    },
  })
  files.start()
}

describe('a file', () => {
  test('is told of when it says something else, and not when only its last line end is new', async () => {
    const file = await folder.write('a', 'old\n')
    watch(file)
    await folder.write('a', 'new')
    await expect.poll(() => told).toEqual([['new']])
    await folder.write('a', 'new\r\n')
    await folder.write('a', 'newer\n')
    await expect.poll(() => told).toEqual([['new'], ['newer']])
    const said = { level: 'info', setting: 'a.setting' }
    expect(lines).toEqual([said, said])
  })

  test('that changed before the first look is told of, too', async () => {
    watch(await folder.write('a', 'new'))
    await expect.poll(() => told).toEqual([['new']])
  })

  test('is followed behind the links that Kubernetes replaces', async () => {
    await folder.write('one/a', 'old')
    await folder.write('two/a', 'new')
    await folder.link('..data', 'one')
    await folder.link('a', join('..data', 'a'))
    watch(join(folder.path, 'a'))
    await folder.link('..data', 'two')
    await expect.poll(() => told).toEqual([['new']])
  })

  test.each([
    ['is gone', () => rm(join(folder.path, 'a')), 'does not exist'],
    ['has become a folder', () => folder.link('a', '.'), 'is a folder'],
    ['is large', () => folder.write('a', ' '.repeat(2 ** 20 + 1)), 'is larger than 1 MB'],
  ])('that %s is said once, and once more when it is back', async (_, spoil, fault) => {
    const file = await folder.write('a', 'old')
    watch(file)
    await spoil()
    const said = { level: 'error', setting: 'a.setting', detail: `the file ${file} ${fault}` }
    await expect.poll(() => lines).toEqual([said])
    await folder.write('a', 'old')
    await expect.poll(() => lines.at(-1)).toEqual({ level: 'info', setting: 'a.setting' })
    expect(told).toEqual([])
    expect(lines).toHaveLength(2)
  })

  test('that is refused is said once for each reason, and asked about until it is taken', async () => {
    const asked: unknown[] = []
    watch(await folder.write('a', 'old'), (text) => {
      asked.push(text)
      if (text === 'worst') throw new RangeError('of which nothing is said')
      return text === 'new' ? { said: { kid: 'k' } } : { fault: `it is ${text}` }
    })
    const details = () => lines.map(({ detail }) => detail)
    await folder.write('a', 'bad')
    await expect.poll(() => asked.length).toBeGreaterThan(2)
    expect(details()).toEqual(['it is bad'])
    await folder.write('a', 'worse')
    await expect.poll(details).toEqual(['it is bad', 'it is worse'])
    await folder.write('a', 'worst')
    const thrown = 'no use can be made of it (RangeError)'
    await expect.poll(details).toEqual(['it is bad', 'it is worse', thrown])
    await folder.write('a', 'new')
    await expect.poll(() => lines.at(-1)).toEqual({ level: 'info', setting: 'a.setting', kid: 'k' })
    expect(told).toEqual([['new']])
  })
})

test('files that go together are told of at once, all of them, or not at all', async () => {
  const [a, b] = [await folder.write('a', '1'), await folder.write('b', '2')]
  const take = (contents: readonly string[]): Taken => {
    told.push(contents)
    return {}
  }
  files.watch({ setting: 'a.setting', files: [a, b], contents: ['1', '2'], take })
  await rm(a)
  await folder.write('b', '4')
  files.start()
  await expect.poll(() => lines.length).toBe(1)
  await folder.write('a', '3')
  await expect.poll(() => told).toEqual([['3', '4']])
})

test('no file is read any more after the stop', async () => {
  const file = await folder.write('a', 'new')
  watch(file, () => {
    files.stop()
    return {}
  })
  await expect.poll(() => told).toEqual([['new']])
  await folder.write('a', 'newer')
  await using others = new AsyncDisposableStack()
  const later = others.adopt(createWatchedFiles(log, 5), async (each) => each.stop())
  let looks = 0
  const take = () => ({ fault: `look ${(looks += 1)}` })
  later.watch({ setting: 'another', files: [file], contents: ['old'], take })
  later.start()
  await expect.poll(() => looks).toBeGreaterThan(3)
  expect(told).toEqual([['new']])
})
