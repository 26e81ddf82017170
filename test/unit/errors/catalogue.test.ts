import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { catalogue } from '../../../src/errors/catalogue.ts'

test('a code has one row: no two rooms describe the same refusal', async () => {
  const folder = 'src/errors/catalogue'
  const files = ['../catalogue.ts', ...(await readdir(folder))]
  const texts = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, 'utf8')))
  const codes = [...texts.join('\n').matchAll(/^ {2}([a-z_]+): \{$/gm)].map(([, code]) => code)
  expect(codes).toHaveLength(Object.keys(catalogue).length)
  expect(new Set(codes)).toEqual(new Set(Object.keys(catalogue)))
})
