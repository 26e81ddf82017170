// The regular expressions that a claim may be searched with: the part of JavaScript's syntax that can be matched
// by reading each character once. Refuses what would need to go back: back references, looking around. Parsing is
// all that happens here; identity/ runs the programs.

import { captured, either, nothing, repeated, sequence, single, type Piece } from './program.ts'
import type { Program, Repetition } from './program.ts'

const maxLength = 200
const maxProgram = 200

class Unsupported extends Error {}

/** The program for a pattern with exactly one group in plain parentheses; or what was expected instead. */
export function parseCapture(
  source: string,
): { readonly program: Program } | { readonly problem: string } {
  if (source.length > maxLength) return { problem: `expected at most ${maxLength} characters` }
  try {
    // Because what JavaScript refuses is refused here, too, and needs no second look below.
    const { source: valid } = new RegExp(source, 'u')
    const { program, captures } = new Parser(valid).parse()
    if (!captures) return { problem: 'expected one group in parentheses, such as ^([^@]+)@' }
    return { program }
  } catch (error) {
    if (error instanceof Unsupported) return { problem: `expected ${error.message}` }
    if (error instanceof SyntaxError) return { problem: 'expected a regular expression' }
    throw error
  }
}

const classEscape = /^\\[dDsSwW]/
const literalEscape = /^\\(?:[\^$\\.*+?()[\]{}|/-]|[tnrfv])/
const characterClass = /^\[(?:[^\]\\]|\\[^])*\]/
const onlyKnownEscapes = /^(?:[^\\]|\\[dDsSwWtnrfv^$\\.*+?()[\]{}|/-])*$/
const quantifier = /^(?:([*+?])|\{(\d{1,3})(?:(,)(\d{0,3}))?\})(\??)/

class Parser {
  #rest: string
  #groups = 0

  constructor(source: string) {
    this.#rest = source
  }

  parse(): Piece {
    return this.#parseAlternatives()
  }

  #parseAlternatives(): Piece {
    let piece = this.#parseSequence()
    while (this.#take(/^\|/) !== undefined) piece = either(piece, this.#parseSequence())
    return piece
  }

  #parseSequence(): Piece {
    let piece = nothing
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) {
      piece = sequence(piece, this.#parseRepetition(this.#parseAtom()))
      if (piece.program.length > maxProgram) throw new Unsupported('a shorter pattern')
    }
    return piece
  }

  #parseAtom(): Piece {
    if (this.#take(/^\^/) !== undefined) return single({ op: 'atStart' })
    if (this.#take(/^\$/) !== undefined) return single({ op: 'atEnd' })
    if (this.#take(/^\(\?:/) !== undefined) return this.#parseGroup()
    if (this.#rest.startsWith('(?')) throw new Unsupported('no group but ( ) and (?: )')
    if (this.#take(/^\(/) !== undefined) return this.#parseCapturing()
    const character =
      this.#take(characterClass) ??
      this.#take(classEscape) ??
      this.#take(literalEscape) ??
      this.#take(/^[^\\]/u)
    if (character === undefined) {
      throw new Unsupported('no escape but \\d, \\s, \\w, their capitals, and signs')
    }
    return toCharacter(character)
  }

  #parseCapturing(): Piece {
    this.#groups += 1
    if (this.#groups > 1) throw new Unsupported('one group in parentheses; others as (?: )')
    return captured(this.#parseGroup())
  }

  #parseGroup(): Piece {
    const inner = this.#parseAlternatives()
    this.#take(/^\)/)
    return inner
  }

  #parseRepetition(piece: Piece): Piece {
    const parts = quantifier.exec(this.#rest)
    if (parts === null) {
      if (this.#rest.startsWith('{')) throw new Unsupported('at most 999 repetitions')
      return piece
    }
    this.#rest = this.#rest.slice(parts[0].length)
    if (piece.captures) throw new Unsupported('the group outside of what is repeated')
    if (piece.isEmptyAble) throw new Unsupported('nothing repeated that may be empty')
    const repetition = toRepetition(parts)
    const { least, most } = repetition
    const copies = most === Infinity ? least + 1 : most
    if (copies * (piece.program.length + 2) > maxProgram) throw new Unsupported('a shorter pattern')
    return repeated(piece, repetition)
  }

  #take(pattern: RegExp): string | undefined {
    const taken = pattern.exec(this.#rest)?.[0]
    if (taken !== undefined) this.#rest = this.#rest.slice(taken.length)
    return taken
  }
}

/** @param source of one character, class or escape; the expression made of it is asked about one character. */
function toCharacter(source: string): Piece {
  if (!onlyKnownEscapes.test(source)) {
    throw new Unsupported('no escape but \\d, \\s, \\w, their capitals, and signs')
  }
  const expression = new RegExp(`^${source}$`, 'u')
  return single({ op: 'character', isOne: (character) => expression.test(character) })
}

function toRepetition(parts: RegExpExecArray): Repetition {
  const [, sign, least, comma, most, lazy] = parts
  const isLazy = lazy === '?'
  if (sign === '?') return { least: 0, most: 1, isLazy }
  if (sign !== undefined) return { least: sign === '+' ? 1 : 0, most: Infinity, isLazy }
  const count = Number(least)
  if (comma === undefined) return { least: count, most: count, isLazy }
  return { least: count, most: most === '' ? Infinity : Number(most), isLazy }
}
