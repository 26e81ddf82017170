import { readFile, stat } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const pages = ['README.md', ...globSync('{docs,examples}/**/*.md')]

interface Link {
  readonly page: string
  /** From the top of the repository. */
  readonly file: string
  readonly anchor: string | undefined
}

async function readLinks(page: string): Promise<Link[]> {
  const text = withoutCode(await readFile(page, 'utf8'))
  const targets = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      return { page, file: path === '' ? page : join(dirname(page), path), anchor }
    })
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[^]*?^ *```$/gm, '')
}

/** As GitHub makes them. */
async function readAnchors(page: string): Promise<string[]> {
  const headings = withoutCode(await readFile(page, 'utf8')).matchAll(/^#+ (.+)$/gm)
  return Array.from(headings, ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(pages)('every link of %s leads to a page, and to a heading of it', async (page) => {
  for (const { file, anchor } of await readLinks(page)) {
    await expect(stat(file), `${page} -> ${file}`).resolves.toBeDefined()
    if (anchor !== undefined) expect(await readAnchors(file)).toContain(anchor)
  }
})

test('every page is one step away from the README', async () => {
  const linked = (await readLinks('README.md')).map(({ file }) => relative('.', file))
  expect(linked).toEqual(expect.arrayContaining(globSync('docs/*.md')))
})
