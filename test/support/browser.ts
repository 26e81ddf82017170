// A real Chromium without a window. Each page has a context of its own: no cookie is shared between two.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core'

export interface TestBrowser extends AsyncDisposable {
  /** A page in a browser profile that is empty. */
  newPage(options?: BrowserContextOptions): Promise<Page>
  close(): Promise<void>
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: findOnPath('chromium'),
    args: ['--no-sandbox', '--disable-background-networking'],
  })
  const close = (): Promise<void> => browser.close()
  return {
    newPage: async (options) => (await browser.newContext(options)).newPage(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function findOnPath(program: string): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable)
  if (found === undefined) throw new Error(`${program} is not on PATH: apt-get install ${program}`)
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
