// What is wrong with a configuration file, and how that reads in a terminal.

/** Keys and list indexes from the top of the file: `['routes', 2, 'upstream']`. */
export type SettingPath = readonly (string | number)[]

/** Something wrong or doubtful with a setting, before it is known where in the file that stands. */
export interface Finding {
  readonly path: SettingPath
  /** One or more sentences; never a secret's value. */
  readonly message: string
  /** Where to point at in the file. Default: the value. */
  readonly pointsAt?: 'key' | 'value'
}

/** A Finding with its place. Lines and columns count from 1; absent where it concerns the whole file. */
export interface ConfigProblem {
  readonly line?: number
  readonly column?: number
  /** `routes[2].upstream`; empty where no single setting is meant. */
  readonly path: string
  readonly message: string
}

const plainKey = /^[A-Za-z0-9_*-]+$/

export function writePath(path: SettingPath): string {
  return path.map((step, index) => writeStep(step, index === 0)).join('')
}

function writeStep(step: string | number, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`
  if (!plainKey.test(step)) return `[${JSON.stringify(step)}]`
  return isFirst ? step : `.${step}`
}

/** One line a problem, in the order of the file, and a closing line that says what follows from it. */
export function formatProblems(file: string, problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return `${formatLines(file, problems)}${count}. Nothing was started.\n`
}

/** One line a warning; empty without any. */
export function formatWarnings(file: string, warnings: readonly ConfigProblem[]): string {
  if (warnings.length === 0) return ''
  const count = warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`
  return `${formatLines(file, warnings)}${count}.\n`
}

function formatLines(file: string, problems: readonly ConfigProblem[]): string {
  const places = problems.map(({ line, column }) =>
    line === undefined ? `${file}:` : `${file}:${line}:${column ?? 1}`,
  )
  const width = Math.max(...places.map((place) => place.length))
  return problems
    .map(({ line, path, message }, index) => {
      const place = line === undefined ? places[index]! : `${places[index]!.padEnd(width)} `
      const subject = path === '' ? '' : `${path}: `
      return `${place} ${subject}${message}\n`
    })
    .join('')
}

export function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  )
}
