// The line that is indented unlike its neighbours: what a parser trips over only further on, or elsewhere.

interface Line {
  readonly start: number
  readonly indent: number
  /** Behind the dashes of list entries. */
  readonly column: number
  readonly content: string
}

/** Where there is one in the line of `offset` or next to it. */
export function findMisfit(
  text: string,
  offset: number,
): { readonly offset: number; readonly message: string } | undefined {
  const lines = readLines(text)
  const at = lines.findLastIndex(({ start }) => start <= offset)
  const misfit = listMisfits(lines).find(({ index }) => Math.abs(index - at) <= 1)
  if (misfit === undefined) return undefined
  const { start, indent } = lines[misfit.index]!
  const expected = `expected ${misfit.expected.join(' or ')} spaces in front, as in the lines above`
  return { offset: start + indent, message: `${expected}, found ${indent}.` }
}

/** Those that say something: neither empty nor a comment. */
function readLines(text: string): Line[] {
  const lines: Line[] = []
  let start = 0
  for (const line of text.split('\n')) {
    const [, indent = '', dashes = '', content = ''] = /^( *)((?:- +)*)(.*?)\r?$/.exec(line) ?? []
    if (content !== '' && !content.startsWith('#')) {
      const column = indent.length + dashes.length
      lines.push({ start, indent: indent.length, column, content })
    }
    start += line.length + 1
  }
  return lines
}

interface Misfit {
  readonly index: number
  /** The columns nearest to its own that are open. */
  readonly expected: readonly number[]
}

/** Lines that stand at no column that is open, and at no new one that the line before them opens. */
function listMisfits(lines: readonly Line[]): Misfit[] {
  const misfits: Misfit[] = []
  let open: readonly number[] = []
  for (const [index, line] of lines.entries()) {
    const outer = open.filter((column) => column < line.indent)
    const isDeepest = outer.length === open.length
    const fits = open.includes(line.indent) || (isDeepest && mayBeDeeper(lines[index - 1]))
    if (!fits) misfits.push({ index, expected: findNearest(open, line.indent) })
    open = [...outer, line.indent, line.column]
  }
  return misfits
}

function mayBeDeeper(before: Line | undefined): boolean {
  return before === undefined || /:( +[&!]\S+)?( +#.*)?$|^-$|[{[|>,]$/.test(before.content)
}

function findNearest(open: readonly number[], wanted: number): number[] {
  const less = open.findLast((column) => column < wanted)
  const more = open.find((column) => column > wanted)
  return [less, more].filter((column) => column !== undefined)
}
