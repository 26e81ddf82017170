// Searches a claim with a pattern of the operator's, reading each character once: the time is at the most that of
// the pattern's length for each character, whatever the claim holds.

import type { Program } from '../config/capture/program.ts'

interface Thread {
  readonly at: number
  /** Where in the text the group begins and ends; -1 before it has been there. */
  readonly start: number
  readonly end: number
}

/**
 * What the group holds in the match that JavaScript's own engine would find; undefined without a match.
 *
 * Threat: that engine goes back and forth, and a claim can be made to keep it busy for years.
 */
export function findCapture(program: Program, text: string): string | undefined {
  let threads: readonly Thread[] = []
  let found: Thread | undefined
  for (let position = 0; position <= text.length;) {
    const character =
      position < text.length ? String.fromCodePoint(text.codePointAt(position)!) : ''
    const ready: Thread[] = []
    const place = { program, length: text.length, position, entered: new Set<number>(), ready }
    for (const thread of threads) advance(thread, place)
    // Because the leftmost match counts, none is begun behind one.
    if (found === undefined) advance({ at: 0, start: -1, end: -1 }, place)
    const arrived = ready.findIndex(({ at }) => at === program.length)
    found = ready[arrived] ?? found
    threads = (arrived === -1 ? ready : ready.slice(0, arrived)).flatMap((thread) =>
      takes(program, thread, character) ? [{ ...thread, at: thread.at + 1 }] : [],
    )
    if (found !== undefined && threads.length === 0) break
    position += Math.max(character.length, 1)
  }
  if (found === undefined || found.end === -1) return undefined
  return text.slice(found.start, found.end)
}

function takes(program: Program, { at }: Thread, character: string): boolean {
  const instruction = program[at]
  return instruction?.op === 'character' && character !== '' && instruction.isOne(character)
}

interface Place {
  readonly program: Program
  readonly length: number
  readonly position: number
  /** Instructions that a thread of higher rank has come to here already. */
  readonly entered: Set<number>
  /** Those that wait for a character, or have arrived; by rank. */
  readonly ready: Thread[]
}

/** Takes the thread as far as it gets without a character, the preferred way first. */
function advance(thread: Thread, place: Place): void {
  const { at, start, end } = thread
  if (place.entered.has(at)) return
  place.entered.add(at)
  const instruction = place.program[at]
  const goOn = (distance: number) => advance({ at: at + distance, start, end }, place)
  switch (instruction?.op) {
    case 'fork':
      goOn(instruction.first)
      return goOn(instruction.second)
    case 'jump':
      return goOn(instruction.by)
    case 'mark':
      return advance({ at: at + 1, start, end, [instruction.edge]: place.position }, place)
    case 'atStart':
      return place.position === 0 ? goOn(1) : undefined
    case 'atEnd':
      return place.position === place.length ? goOn(1) : undefined
    default:
      place.ready.push(thread)
  }
}
