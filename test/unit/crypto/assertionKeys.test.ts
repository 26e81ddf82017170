import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  createAssertionKeys,
  graceSeconds,
  type AssertionKeys,
} from '../../../src/crypto/assertionKeys.ts'
import { generateSigningJwk, parseSigningKey } from '../../../src/crypto/signingKey.ts'
import { createWatchedFiles, type WatchedFiles } from '../../../src/files/watchedFiles.ts'
import { createLog } from '../../../src/telemetry/log.ts'
import { createTurnableClock } from '../../support/clock.ts'
import { createFolder, type Folder } from '../../support/folder.ts'

let folder: Folder
let files: WatchedFiles
let logged: string[]
const clock = createTurnableClock()

beforeEach(async () => {
  folder = await createFolder()
  logged = []
})
afterEach(async () => {
  files.stop()
  await folder[Symbol.asyncDispose]()
})

function watch(...names: string[]): AssertionKeys {
  const log = createLog('debug', { write: (line) => void logged.push(line) })
  files = createWatchedFiles(log, 5)
  const paths = names.map((name) => join(folder.path, name))
  const keys = createAssertionKeys({ names: paths, files, clock })
  files.start()
  return keys
}

function kidOf(text: string): string {
  const parsed = parseSigningKey(text)
  return 'key' in parsed ? parsed.key.kid : ''
}

const publishedKids = (keys: AssertionKeys) => keys.published().map((jwk) => jwk['kid'])
const [one, two, three] = [generateSigningJwk(), generateSigningJwk(), generateSigningJwk()]

test('the first of several keys signs and all are published', async () => {
  await folder.write('a', one)
  await folder.write('b', two)
  const watched = watch('a', 'b')
  expect(watched.signing().kid).toBe(kidOf(one))
  expect(publishedKids(watched)).toEqual([kidOf(one), kidOf(two)])
})

test('a key file that changes is taken, and the key before stays published for a while', async () => {
  await folder.write('a', one)
  const watched = watch('a')
  await folder.write('a', two)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
  expect(publishedKids(watched)).toEqual([kidOf(two), kidOf(one)])
  clock.forward(graceSeconds - 10)
  expect(publishedKids(watched)).toEqual([kidOf(two), kidOf(one)])
  clock.forward(10)
  expect(publishedKids(watched)).toEqual([kidOf(two)])
})

test('two files that swap their keys leave neither unpublished, nor published twice', async () => {
  await folder.write('a', one)
  await folder.write('b', two)
  const watched = watch('a', 'b')
  await folder.write('a', two)
  await folder.write('b', one)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
  await vi.waitFor(() => expect(publishedKids(watched)).toEqual([kidOf(two), kidOf(one)]))
})

test.each([
  ['is cut in the middle', one.slice(0, 60)],
  ['is empty', ''],
])('a file that %s changes nothing, is said by its place, and recovers', async (_, text) => {
  await folder.write('a', one)
  await folder.write('b', two)
  const watched = watch('a', 'b')
  await folder.write('a', text)
  await vi.waitFor(() => expect(logged.join('')).toContain('is no private key'))
  expect(logged.join('')).toContain('assertion.keys[0]')
  await folder.write('b', three)
  await vi.waitFor(() => expect(publishedKids(watched)).toContain(kidOf(three)))
  expect(watched.signing().kid).toBe(kidOf(one))
  await folder.write('a', two)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
})

test('nothing of a private key is logged', async () => {
  await folder.write('a', one)
  const watched = watch('a')
  await folder.write('a', two.slice(0, -1))
  await vi.waitFor(() => expect(logged.join('')).toContain('the former stay'))
  await folder.write('a', two)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
  for (const text of [one, two]) {
    const jwk: { d: string } = JSON.parse(text)
    expect(logged.join('')).not.toContain(jwk.d)
  }
})
