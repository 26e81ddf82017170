// The files that pages are made of: read once before anything starts, so that a slip in one of them is a problem of
// the configuration and not a broken sign-in page.

import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { findImageType, maxLogoBytes } from '../../pages/look.ts'
import { parseLanguages } from '../../pages/messages.ts'
import { findTemplateProblems } from '../../pages/template.ts'
import { checkFile } from './checkFile.ts'
import type { Finding } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { PagesConfig } from '../schema/pages.ts'

const settings = ['logo', 'messages', 'template'] as const

type FindProblems = (content: Buffer) => readonly string[]

const checks: Readonly<Record<(typeof settings)[number], FindProblems>> = {
  logo: findLogoProblems,
  messages: findMessagesProblems,
  template: (content) => findTemplateProblems(content.toString('utf8')),
}

/** What is wrong with the files, each read once. */
export function findPageProblems(config: UnresolvedConfig, folder: string): Promise<Finding[]>[] {
  return settings.flatMap((setting) => {
    const file = attempt(() => config.pages[setting])
    if (file === undefined) return []
    const find = (content: Buffer, name: string) =>
      checks[setting](content).map((problem) => `in ${name}: ${problem}`)
    return [checkFile(['pages', setting], resolve(folder, file), find)]
  })
}

function findLogoProblems(content: Buffer): string[] {
  if (content.length > maxLogoBytes) return ['expected 64 KiB at the most.']
  const isImage = findImageType(content) !== undefined
  return isImage ? [] : ['expected an SVG, PNG, JPEG, WebP or GIF image.']
}

function findMessagesProblems(content: Buffer): readonly string[] {
  const document = parseDocument(content.toString('utf8'), { prettyErrors: false })
  if (document.errors.length > 0) return ['expected YAML or JSON.']
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  const parsed = parseLanguages(value)
  return 'problems' in parsed ? parsed.problems : []
}

/** The settings with absolute file names. */
export function withAbsolutePages(pages: PagesConfig, folder: string): PagesConfig {
  const files = settings.flatMap((setting) => {
    const file = pages[setting]
    return file === undefined ? [] : [[setting, resolve(folder, file)] as const]
  })
  return { ...pages, ...Object.fromEntries(files) }
}
