import { readFile } from 'node:fs/promises'

export interface Block {
  readonly kind: string
  readonly text: string
}

/** The blocks of code of a page, such as `docs/upstreams.md`, in their order. */
export async function readBlocks(page: string): Promise<readonly Block[]> {
  const text = await readFile(page, 'utf8')
  return Array.from(
    text.matchAll(/^```(\w+)\n(.*?)^```$/gms),
    ([, kind = '', content = '']): Block => ({ kind, text: content }),
  )
}
