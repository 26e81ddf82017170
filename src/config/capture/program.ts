// A regular expression as a program for a machine that reads each character once, in pieces that can be joined:
// every jump says how far, not where to.

export type Instruction =
  | { readonly op: 'character'; readonly isOne: (character: string) => boolean }
  /** Two ways on; the first is tried first. */
  | { readonly op: 'fork'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly by: number }
  /** Where the group begins or ends. */
  | { readonly op: 'mark'; readonly edge: 'start' | 'end' }
  | { readonly op: 'atStart' }
  | { readonly op: 'atEnd' }

/** It matches where its end is reached. */
export type Program = readonly Instruction[]

export interface Piece {
  readonly program: Program
  /** Whether it matches without a character. */
  readonly isEmptyAble: boolean
  /** Whether the capturing group is in it. */
  readonly captures: boolean
}

export const nothing: Piece = { program: [], isEmptyAble: true, captures: false }

export function single(instruction: Instruction): Piece {
  return {
    program: [instruction],
    isEmptyAble: instruction.op !== 'character',
    captures: false,
  }
}

export function sequence(one: Piece, other: Piece): Piece {
  return {
    program: [...one.program, ...other.program],
    isEmptyAble: one.isEmptyAble && other.isEmptyAble,
    captures: one.captures || other.captures,
  }
}

export function either(one: Piece, other: Piece): Piece {
  const { program: left } = one
  const { program: right } = other
  const fork = { op: 'fork', first: 1, second: left.length + 2 } as const
  return {
    program: [fork, ...left, { op: 'jump', by: right.length + 1 }, ...right],
    isEmptyAble: one.isEmptyAble || other.isEmptyAble,
    captures: one.captures || other.captures,
  }
}

export function captured(inner: Piece): Piece {
  const start = { op: 'mark', edge: 'start' } as const
  const end = { op: 'mark', edge: 'end' } as const
  return { ...inner, program: [start, ...inner.program, end], captures: true }
}

export interface Repetition {
  readonly least: number
  /** Infinity for no limit. */
  readonly most: number
  readonly isLazy: boolean
}

/** @param inner of at least one character and without the group, because other engines disagree about the rest. */
export function repeated({ program }: Piece, { least, most, isLazy }: Repetition): Piece {
  const required = Array.from({ length: least }, () => program).flat()
  const rest = most === Infinity ? loop(program, isLazy) : options(program, most - least, isLazy)
  return { program: [...required, ...rest], isEmptyAble: least === 0, captures: false }
}

function fork(into: number, past: number, isLazy: boolean): Instruction {
  return isLazy
    ? { op: 'fork', first: past, second: into }
    : { op: 'fork', first: into, second: past }
}

function loop(program: Program, isLazy: boolean): Program {
  const { length } = program
  return [fork(1, length + 2, isLazy), ...program, { op: 'jump', by: -(length + 1) }]
}

/** `a{0,3}` is `(a(a(a)?)?)?`. */
function options(program: Program, count: number, isLazy: boolean): Program {
  let rest: Program = []
  for (let left = count; left > 0; left -= 1) {
    const inner = [...program, ...rest]
    rest = [fork(1, inner.length + 1, isLazy), ...inner]
  }
  return rest
}
