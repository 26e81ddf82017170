// How the pages of an operator look: a name, a logo, colours. All of it stands in the page itself.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { PagesConfig } from '../config/schema/pages.ts'
import { Html, html } from './html.ts'

export interface Look {
  readonly siteName: string | undefined
  /** `data:` URL. */
  readonly logo: string | undefined
  /** To be laid over the stylesheet; empty where the colours are ours. */
  readonly style: string
}

/** The source expression of CSP Level 3 §2.3.1 that allows this text as a style and no other. */
export function toStyleSource(style: string): string {
  return `'sha256-${createHash('sha256').update(style).digest('base64')}'`
}

export function createLook({ title, logo, colors }: PagesConfig): Look {
  return {
    siteName: title,
    logo: logo === undefined ? undefined : toDataUrl(readFileSync(logo)),
    style: toStyle(colors),
  }
}

export const maxLogoBytes = 65_536

/** @throws Error where it is none of the kinds of image that browsers show */
export function toDataUrl(image: Buffer): string {
  const type = findImageType(image)
  if (type === undefined || image.length > maxLogoBytes) throw new Error('not a logo')
  return `data:${type};base64,${image.toString('base64')}`
}

/** By its first bytes; undefined for what is no image. An SVG in an `<img>` runs no script. */
export function findImageType(image: Buffer): string | undefined {
  const start = image.toString('latin1', 0, 1024)
  if (start.startsWith('\u0089PNG\r\n')) return 'image/png'
  if (start.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg'
  if (start.startsWith('GIF8')) return 'image/gif'
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return 'image/webp'
  return /^\s*(?:\u00ef\u00bb\u00bf)?(?:<\?xml|<!--|<!doctype svg|<svg)/i.test(start)
    ? 'image/svg+xml'
    : undefined
}

function toStyle({ accent, accentDark = accent }: PagesConfig['colors']): string {
  const light = accent === undefined ? '' : `:root{${toAccent(accent)}}`
  const dark =
    accentDark === undefined
      ? ''
      : `@media (prefers-color-scheme:dark){:root{${toAccent(accentDark)}}}`
  return light + dark
}

function toAccent(color: string): string {
  return `--accent:${color};--accent-ink:${toInk(color)}`
}

/** Black or white, whichever is easier to read on it. One of them always has a contrast of 4.5 and more. */
function toInk(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return luminance > 0.179 ? '#000' : '#fff'
}

/** What stands above the heading; undefined for our own mark. */
export function renderMasthead({ siteName, logo }: Look): Html | undefined {
  if (logo !== undefined) {
    return html`<img class="logo" src="${logo}" alt="${siteName ?? ''}" />`
  }
  return siteName === undefined ? undefined : html`<p class="site">${siteName}</p>`
}

export function renderStyle({ style }: Look): Html | undefined {
  return style === '' ? undefined : new Html(`<style>${style}</style>`)
}
