// YAML text to plain data, with the place of every setting. Refuses what YAML allows but a configuration
// does not mean: duplicate keys, second documents, tags, aliases without end. Its messages quote no values,
// because a value may be a secret.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml'
import {
  type ConfigProblem,
  type Finding,
  type SettingPath,
  writePath,
} from './problems/problem.ts'
import { explainSyntax } from './problems/syntaxFault.ts'

export interface ParsedFile {
  readonly data: unknown
  /** Puts a finding in its place: at its value or key, or at the nearest parent that is there. */
  readonly locate: (finding: Finding) => ConfigProblem
}

const maxAliases = 100

export function parseConfigFile(text: string): ParsedFile | { problems: ConfigProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = [
    ...findSyntaxProblems(document, lines, text),
    ...findNodeProblems(document, lines),
  ]
  if (problems.length > 0) return { problems }
  if (document.contents === null || isEmpty(document.contents)) {
    return { problems: [{ path: '', message: 'the file is empty. See docs/configuration.md.' }] }
  }
  try {
    const data: unknown = document.toJS({ maxAliasCount: maxAliases })
    return { data, locate: (finding) => locate(document, lines, finding) }
  } catch {
    return { problems: [{ path: '', message: `the aliases unfold to too much; write it out.` }] }
  }
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null
}

function findSyntaxProblems(document: Document, lines: LineCounter, text: string): ConfigProblem[] {
  const faults = [...document.errors, ...document.warnings]
  const repeated = faults.filter((fault) => fault.code === 'DUPLICATE_KEY')
  // Because what a parser says after its first syntax error is guesswork.
  const first = faults.find((fault) => fault.code !== 'DUPLICATE_KEY')
  const shown = first === undefined ? repeated : [...repeated, first]
  return shown.map((fault) => {
    const { offset, message } = explainSyntax(fault, document, text)
    return { ...place(lines, offset), path: '', message }
  })
}

function findNodeProblems(document: Document, lines: LineCounter): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const report = (node: Node, message: string) =>
    problems.push({ ...place(lines, node.range?.[0] ?? 0), path: '', message })
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) {
        report(alias, 'an alias of an anchor that is not set above; a text with a * needs quotes.')
      }
    },
    Pair(_, { key }) {
      if (isMap(key) || isSeq(key)) report(key, 'the name of a setting must be a plain text.')
      if (isScalar(key) && key.value === '<<')
        report(key, '<<: merge keys have no meaning here; write the settings out.')
      // Threat: toJS and the schema treat this name in their own ways; nobody needs it.
      if (isScalar(key) && key.value === '__proto__') report(key, '__proto__: unknown setting.')
    },
  })
  return problems
}

function locate(document: Document, lines: LineCounter, finding: Finding): ConfigProblem {
  const { path, message, pointsAt = 'value' } = finding
  return { ...place(lines, findOffset(document, path, pointsAt)), path: writePath(path), message }
}

function findOffset(document: Document, path: SettingPath, pointsAt: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = offsetOf(node) ?? 0
  for (const [index, step] of path.entries()) {
    const { key, value } = stepInto(isAlias(node) ? node.resolve(document) : node, step)
    const isLast = index === path.length - 1
    const wanted = isLast && pointsAt === 'key' ? offsetOf(key) : offsetOf(value)
    if (wanted === undefined) return offset
    offset = wanted
    node = value
  }
  return offset
}

function stepInto(node: unknown, step: string | number): { key?: unknown; value?: unknown } {
  if (isSeq(node)) return { value: node.items[Number(step)] }
  if (!isMap(node)) return {}
  const isWanted = (pair: Pair) => isScalar(pair.key) && String(pair.key.value) === String(step)
  return node.items.find(isWanted) ?? {}
}

function offsetOf(node: unknown): number | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined
  return node.range?.[0]
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset)
  // Because an offset past the last line break of the file has no line yet, or column 0.
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}
