import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  createAssertionKeys,
  graceSeconds,
  type AssertionKeys,
} from '../../../src/crypto/assertionKeys.ts'
import { generateSigningJwk, parseSigningKey } from '../../../src/crypto/signingKey.ts'
import { createLog } from '../../../src/telemetry/log.ts'
import { createTurnableClock } from '../../support/clock.ts'

let folder: string
let keys: AssertionKeys | undefined
let logged: string[]
const clock = createTurnableClock()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-keys-'))
  logged = []
})
afterEach(async () => {
  keys?.stop()
  await rm(folder, { recursive: true })
})

function watch(...names: string[]): AssertionKeys {
  const log = createLog('debug', { write: (line) => void logged.push(line) })
  const files = names.map((name) => join(folder, name))
  keys = createAssertionKeys({ files, clock, log, rereadAfter: 5 })
  keys.start()
  return keys
}

function kidOf(text: string): string {
  const parsed = parseSigningKey(text)
  return 'key' in parsed ? parsed.key.kid : ''
}

/** Whole or not at all, as careful programs write files. */
async function replace(name: string, text: string): Promise<void> {
  await writeFile(join(folder, 'new'), text)
  await rename(join(folder, 'new'), join(folder, name))
}

const publishedKids = (keys: AssertionKeys) => keys.published().map((jwk) => jwk['kid'])
const [one, two, three] = [generateSigningJwk(), generateSigningJwk(), generateSigningJwk()]

test('the first of several keys signs and all are published', async () => {
  await writeFile(join(folder, 'a'), one)
  await writeFile(join(folder, 'b'), two)
  const watched = watch('a', 'b')
  expect(watched.signing().kid).toBe(kidOf(one))
  expect(publishedKids(watched)).toEqual([kidOf(one), kidOf(two)])
})

test('a key file that changes is taken, and the key before stays published for a while', async () => {
  await writeFile(join(folder, 'a'), one)
  const watched = watch('a')
  await replace('a', two)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
  expect(publishedKids(watched)).toEqual([kidOf(two), kidOf(one)])
  clock.forward(graceSeconds - 10)
  expect(publishedKids(watched)).toEqual([kidOf(two), kidOf(one)])
  clock.forward(10)
  expect(publishedKids(watched)).toEqual([kidOf(two)])
})

test('a mounted secret whose folder is swapped behind symbolic links is followed', async () => {
  for (const [name, text] of Object.entries({ first: one, second: two })) {
    const data = await mkdtemp(join(folder, name))
    await writeFile(join(data, 'key'), text)
    await symlink(data, join(folder, `..${name}`))
  }
  await rename(join(folder, '..first'), join(folder, '..data'))
  await symlink(join('..data', 'key'), join(folder, 'key'))
  const watched = watch('key')
  expect(watched.signing().kid).toBe(kidOf(one))
  await rename(join(folder, '..second'), join(folder, '..data'))
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
})

test('two files that swap their keys leave neither unpublished, nor published twice', async () => {
  await writeFile(join(folder, 'a'), one)
  await writeFile(join(folder, 'b'), two)
  const watched = watch('a', 'b')
  await replace('a', two)
  await replace('b', one)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
  await vi.waitFor(() => expect(publishedKids(watched)).toEqual([kidOf(two), kidOf(one)]))
})

test.each([
  ['is cut in the middle', one.slice(0, 60), 'is no private key'],
  ['is empty', '', 'is no private key'],
  ['is gone', undefined, 'cannot be read'],
])('a file that %s changes nothing, is logged once, and recovers', async (_, text, detail) => {
  await writeFile(join(folder, 'a'), one)
  await writeFile(join(folder, 'b'), two)
  const watched = watch('a', 'b')
  if (text === undefined) await rm(join(folder, 'a'))
  else await replace('a', text)
  await vi.waitFor(() => expect(logged.join('')).toContain(detail))
  // Because each round reads both: once b is new, a has been read again.
  await replace('b', three)
  await vi.waitFor(() => expect(publishedKids(watched)).toContain(kidOf(three)))
  expect(watched.signing().kid).toBe(kidOf(one))
  const complaints = logged.filter((line) => line.includes('the last key stays'))
  expect(complaints).toHaveLength(1)
  expect(complaints[0]).toContain('assertion.keys[0]')
  await replace('a', two)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
})

test('nothing of a private key is logged', async () => {
  await writeFile(join(folder, 'a'), one)
  const watched = watch('a')
  await replace('a', two.slice(0, -1))
  await vi.waitFor(() => expect(logged.join('')).toContain('the last key stays'))
  await replace('a', two)
  await vi.waitFor(() => expect(watched.signing().kid).toBe(kidOf(two)))
  for (const text of [one, two]) {
    const jwk: { d: string } = JSON.parse(text)
    expect(logged.join('')).not.toContain(jwk.d)
  }
})
