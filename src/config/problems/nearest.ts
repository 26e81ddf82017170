// Guesses what was meant by a word that is not known.

/** The candidate that differs least from `word`, if it is near enough to be a slip. Case, `-` and `_` count for nothing. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  const folded = fold(word)
  let nearest: string | undefined
  let least = Math.max(1, Math.floor(folded.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(folded, fold(candidate))
    if (distance < least) [nearest, least] = [candidate, distance]
  }
  return nearest
}

/** The end of a sentence: `. Did you mean "x"?`, or a full stop where there is nothing to suggest. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '.' : `. Did you mean "${suggestion}"?`
}

function fold(word: string): string {
  // Because nobody mistypes a word of more than a few dozen characters, and the distance costs their product.
  return word.slice(0, 64).toLowerCase().replaceAll(/[-_]/g, '')
}

/**
 * Slips between two words: single characters put in, left out or replaced, and two neighbours that have
 * changed places (Damerau and Levenshtein's distance, where no two slips touch the same place).
 */
function editDistance(from: string, to: string): number {
  let above: readonly number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1)
      const inserted = current[column - 1]! + 1
      const omitted = previous[column]! + 1
      const swapped = isSwapped(from, to, row, column) ? above[column - 2]! + 1 : Infinity
      current.push(Math.min(replaced, inserted, omitted, swapped))
    }
    above = previous
    previous = current
  }
  return previous[to.length]!
}

function isSwapped(from: string, to: string, row: number, column: number): boolean {
  return (
    row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
  )
}
