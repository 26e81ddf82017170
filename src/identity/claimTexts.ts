// What a header is made of, as texts: one for each entry where a claim is a list. Claims are put between the
// operator's texts as they are; nothing in them is read as a placeholder.

import type { TemplatePart } from '../config/claimTemplate.ts'
import type { ClaimValue } from '../sessions/session.ts'

export interface ClaimTexts {
  readonly texts: readonly string[]
  readonly isList: boolean
}

export type FindClaim = (name: string) => ClaimValue | undefined

/** Entries that say nothing are left out: null, an empty text. */
export function toTexts(value: ClaimValue | undefined): ClaimTexts {
  const isList = Array.isArray(value)
  const texts = isList ? value.map(toText) : [toText(value)]
  return { texts: texts.filter((text) => text !== ''), isList }
}

function toText(value: ClaimValue | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** No texts where a claim is missing, and where two claims are lists: nothing says which entries belong together. */
export function fillTemplate(
  parts: readonly TemplatePart[],
  claims: ReadonlyMap<string, ClaimTexts>,
): ClaimTexts {
  const found = [...claims.values()]
  const lists = found.filter(({ isList }) => isList)
  const isList = lists.length > 0
  if (lists.length > 1 || found.some(({ texts }) => texts.length === 0))
    return { texts: [], isList }
  const count = lists[0]?.texts.length ?? 1
  return { texts: Array.from({ length: count }, (_, at) => fillOnce(parts, claims, at)), isList }
}

function fillOnce(
  parts: readonly TemplatePart[],
  claims: ReadonlyMap<string, ClaimTexts>,
  at: number,
): string {
  const texts = parts.map((part) => {
    if ('text' in part) return part.text
    const { texts = [], isList = false } = claims.get(part.claim) ?? {}
    return texts[isList ? at : 0] ?? ''
  })
  return texts.join('')
}
