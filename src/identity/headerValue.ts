// One identity header, compiled: which claims it is made of, and how they become a field value. Refuses what is
// too long to be sent, and cuts nothing. Runs once per principal, not per request.

import { parseCapture } from '../config/capture/parseCapture.ts'
import type { Program } from '../config/capture/program.ts'
import { parseTemplate, type TemplatePart } from '../config/claimTemplate.ts'
import type { HeaderRule } from '../config/schema/identityHeader.ts'
import type { ClaimValue } from '../sessions/session.ts'
import { findCapture } from './capture.ts'
import { fillTemplate, toTexts, type ClaimTexts, type FindClaim } from './claimTexts.ts'
import { encodeText } from './encoding.ts'
import { toLetterCase } from './letterCase.ts'

/** Undefined where it says nothing. @throws TooLong */
export type HeaderValue = (findClaim: FindClaim) => string | undefined

/** A claim that is not worth encoding, because no request could carry it. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

// Because a list of directory names is far longer than what is captured out of it.
const maxTextsLength = 65_536
const maxSearchedLength = 8192

/** @throws Error for a template or a pattern that the configuration should have refused. */
export function compileHeaderValue(rule: HeaderRule): HeaderValue {
  const parts = compileParts(rule)
  const shape = createShape(rule)
  const { default: fallback, separator, quoted = false, encoding } = rule
  const mark = quoted ? '"' : ''
  const write = (texts: readonly string[], isList: boolean): string => {
    const between = isList || separator !== undefined ? (separator ?? ',') : ''
    // Because no entry begins or ends with a space, the sign alone tells where one ends.
    const reserved = (between.trim() || between) + mark
    return texts.map((text) => mark + encodeText(text, encoding, reserved) + mark).join(between)
  }
  const read = createReading(parts, shape)
  return (findClaim) => {
    const { texts, isList } = read(findClaim)
    if (texts.length > 0) return write(texts, isList)
    return fallback === undefined ? undefined : write([fallback], false)
  }
}

/** The claims that a header is made of. */
export function claimsOf(rule: HeaderRule): string[] {
  return compileParts(rule).flatMap((part) => ('claim' in part ? [part.claim] : []))
}

function compileParts({ claim, template, prefix, suffix }: HeaderRule): readonly TemplatePart[] {
  const middle = claim === undefined ? parseParts(template ?? '') : [{ claim }]
  const around = [prefix, suffix].map((text) => (text === undefined ? [] : [{ text }]))
  return [...around[0]!, ...middle, ...around[1]!]
}

function parseParts(template: string): readonly TemplatePart[] {
  const parsed = parseTemplate(template)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.parts
}

type Shape = (text: string) => string

/** What becomes of each text of a claim; empty for one that says nothing then. */
function createShape({ capture, case: letterCase }: HeaderRule): Shape {
  const find = capture === undefined ? undefined : createFind(compileCapture(capture))
  return (text) => {
    const found = find === undefined ? text : find(text)
    return letterCase === undefined ? found : toLetterCase(found, letterCase)
  }
}

function createFind(program: Program): Shape {
  return (text) => {
    if (text.length > maxSearchedLength) throw new TooLong(`${text.length} characters to search`)
    return findCapture(program, text) ?? ''
  }
}

function compileCapture(source: string): Program {
  const parsed = parseCapture(source)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.program
}

function createReading(
  parts: readonly TemplatePart[],
  shape: Shape,
): (findClaim: FindClaim) => ClaimTexts {
  const [only, ...others] = parts
  // Because most headers are one claim and nothing else: there is nothing to fill in.
  if (only !== undefined && 'claim' in only && others.length === 0) {
    return (findClaim) => shapeClaim(findClaim(only.claim), shape)
  }
  const names = new Set(parts.flatMap((part) => ('claim' in part ? [part.claim] : [])))
  return (findClaim) => {
    const claims = new Map<string, ClaimTexts>()
    for (const name of names) claims.set(name, shapeClaim(findClaim(name), shape))
    return fillTemplate(parts, claims)
  }
}

function shapeClaim(claim: ClaimValue | undefined, shape: Shape): ClaimTexts {
  const { texts, isList } = toTexts(claim)
  checkLength(texts)
  return { texts: texts.map(shape).filter((text) => text !== ''), isList }
}

// Threat: who is refused is refused at each request, so that it must not take long to find out.
function checkLength(texts: readonly string[]): void {
  const length = texts.reduce((sum, text) => sum + text.length, 0)
  if (length > maxTextsLength) throw new TooLong(`${length} characters of claims`)
}
