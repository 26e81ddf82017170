// A real Chromium without a window. Each page has a context of its own: no cookie is shared between two.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'

export interface TestBrowser {
  /** A page in a browser profile that is empty; gone, with its profile, when the test is over. */
  newPage(options?: BrowserContextOptions): Promise<Page>
}

/** One Chromium for the tests of a file. What it holds against a page, violated policies and uncaught errors, fails them. */
export function useChromium(): TestBrowser {
  // Because a browser is many processes, and slow where the cores are few and busy.
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })
  let browser: Browser
  const complaints: string[] = []
  beforeAll(async () => {
    browser = await launch()
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(() => browser.close())
  return {
    async newPage(options) {
      const context = await browser.newContext(options)
      context.on('console', (message) => {
        if (/Content Security Policy|Refused to/.test(message.text())) {
          complaints.push(`${message.page()?.url()}: ${message.text()}`)
        }
      })
      context.on('weberror', (fault) => complaints.push(String(fault.error())))
      return context.newPage()
    },
  }
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: findOnPath('chromium'),
    args: ['--no-sandbox', '--disable-background-networking'],
  })
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
