import { createHash } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createChooserPage } from '../../../src/pages/chooserPage.ts'
import { createConfirmLogoutPage } from '../../../src/pages/confirmLogoutPage.ts'
import { createErrorPage } from '../../../src/pages/errorPage.ts'
import { escape, html } from '../../../src/pages/html.ts'
import { renderLayout, type Page } from '../../../src/pages/layout.ts'
import { createSignedOutPage } from '../../../src/pages/signedOutPage.ts'
import { stylesheetSource } from '../../../src/pages/stylesheet.ts'
import { findWords } from '../../../src/pages/words.ts'

const hostile = `"><script>alert('1')</script>&amp;`
const words = findWords({ incoming: new IncomingMessage(new Socket()) })
const action = { label: hostile, href: hostile }
const pages: readonly (readonly [string, Page])[] = [
  [
    'error',
    createErrorPage(
      {
        title: hostile,
        advice: hostile,
        code: hostile,
        time: hostile,
        requestId: hostile,
        actions: [action, action],
      },
      words,
    ),
  ],
  ['signed-out', createSignedOutPage(hostile, words)],
  [
    'confirm-logout',
    createConfirmLogoutPage({ action: hostile, csrfToken: hostile, rd: hostile }, words),
  ],
  ['chooser', createChooserPage([action], words)],
]

describe.each(pages)('the %s page', (_, page) => {
  const text = renderLayout(page)

  test('writes nothing that it was given as markup', () => {
    expect(text).not.toContain('<script')
    expect(text).not.toContain("('1')")
    expect(text).toContain('&lt;script&gt;alert(&#39;1&#39;)')
  })

  test('says its language, fits a phone, and has one heading', () => {
    expect(text).toMatch(/^<!doctype html>\s+<html lang="en">/)
    expect(text).toContain('name="viewport" content="width=device-width, initial-scale=1"')
    expect(text.match(/<h1>/g)).toHaveLength(1)
    expect(text.match(/<title>/g)).toHaveLength(1)
  })

  test('has no script, no inline style attribute and no source but itself', () => {
    expect(text).not.toMatch(/<script|\sstyle=|\son\w+=|<link rel="stylesheet"|<img|url\(/i)
  })

  test('has the stylesheet that its policy allows', () => {
    const style = /<style>([^]*)<\/style>/.exec(text)![1]!
    const hash = createHash('sha256').update(style).digest('base64')
    expect(stylesheetSource).toBe(`'sha256-${hash}'`)
  })
})

test('whatever stands in a value, no character of it is markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(escape(value)).not.toMatch(/[<>"']/)
      expect(html`<a href="${value}">${value}</a>`.text.match(/</g)).toHaveLength(2)
    }),
  )
})
