// `npm run docs`: writes the pages that are generated from the code.

import { mkdir, writeFile } from 'node:fs/promises'
import { references } from './references.ts'

await mkdir('docs', { recursive: true })
for (const { file, write } of references) {
  await writeFile(file, write())
  process.stdout.write(`${file} written\n`)
}
