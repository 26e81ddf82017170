// The import rule of the house: main -> commands -> gateway -> pipeline -> rooms -> domain -> leaves. Reads the
// import statements themselves, type imports included: a type that is shared is a coupling like any other.

import { readdir, readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { findImports, type Import, withoutComments } from './importScanner.ts'

/** Source text by path from the root: `src/pipeline.ts`. */
export type Sources = ReadonlyMap<string, string>

const rooms = [
  'listener',
  'routing',
  'authentication',
  'authorization',
  'admission',
  'identity',
  'forwarding',
  'endpoints',
]
const domain = ['oidc', 'sessions']
// Because request.ts holds types alone, it stands with the leaves; it may name the type of a Session.
const leaves = [
  'http',
  'crypto',
  'errors',
  'files',
  'pages',
  'config',
  'telemetry',
  'redis',
  'throttling',
  'expiringMap',
  'time',
  'request',
]

const layers: ReadonlyMap<string, number> = new Map([
  ['main', 6],
  ['commands', 5],
  ['gateway', 4],
  ['pipeline', 3],
  ...rooms.map((room): [string, number] => [room, 2]),
  ...domain.map((folder): [string, number] => [folder, 1]),
  ...leaves.map((leaf): [string, number] => [leaf, 0]),
])

/** One sentence a violation; none in a house that is in order. */
export function findViolations(sources: Sources): string[] {
  return [
    ...[...sources].flatMap(([file, source]) => [
      ...checkPlace(file),
      ...checkText(file, source),
      ...findImports(source).flatMap((imported) => checkImport(file, imported)),
    ]),
    ...findCycles(sources),
  ]
}

function checkPlace(file: string): string[] {
  if (posix.basename(file) === 'index.ts') return [`${file}: a barrel; import from the file itself`]
  return layers.has(placeOf(file)) ? [] : [`${file}: stands in no layer of the house`]
}

function checkText(file: string, source: string): string[] {
  const found: string[] = []
  if (/^export\s+\*/m.test(source)) found.push(`${file}: a barrel; export * hides where things are`)
  const code = withoutComments(source)
  const exits = /\bprocess\s*\??\.\s*(?:exit|reallyExit|abort)\b|process\[/.test(code)
  if (exits && file !== 'src/main.ts') found.push(`${file}: only main.ts may exit the process`)
  return found
}

function checkImport(file: string, { specifier, isTypeOnly }: Import): string[] {
  if (!specifier.startsWith('.')) {
    const isKnown = /^(?:node:)?[@a-z]/.test(specifier)
    return isKnown ? [] : [`${file}: imports ${specifier || 'nothing'}, which cannot be followed`]
  }
  const target = resolveImport(file, specifier)
  if (target === 'package.json') return []
  const [from, to] = [placeOf(file), placeOf(target)]
  const reason = target.startsWith('src/')
    ? findReason(from, to, { target, isTypeOnly })
    : 'outside src'
  return reason === undefined ? [] : [`${file}: imports ${target}: ${reason}`]
}

function findReason(
  from: string,
  to: string,
  { target, isTypeOnly }: { readonly target: string; readonly isTypeOnly: boolean },
): string | undefined {
  if (from === to) return undefined
  if (target === 'src/sessions/session.ts' && isTypeOnly && mayNameSession(from)) return undefined
  if (to === 'request' && !isTypeOnly) return 'request.ts holds types alone'
  if (rooms.includes(from) && rooms.includes(to)) return 'a room never imports another room'
  if (domain.includes(from) && domain.includes(to)) return `${from} does not know ${to}`
  if (from === 'forwarding' && domain.includes(to))
    return 'forwarding knows neither sessions nor issuers'
  const [own, other] = [layers.get(from) ?? 0, layers.get(to) ?? 0]
  return other > own ? `${from} stands under ${to}` : undefined
}

function mayNameSession(from: string): boolean {
  return from === 'oidc' || from === 'request'
}

/** `src/http/respond.ts` -> `http`, `src/time.ts` -> `time` */
function placeOf(file: string): string {
  return file.split('/')[1]?.replace(/\.ts$/, '') ?? ''
}

function resolveImport(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier)
}

function findCycles(sources: Sources): string[] {
  const cycles: string[] = []
  const finished = new Set<string>()
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file)
    if (start !== -1) {
      cycles.push(`a cycle: ${[...trail.slice(start), file].join(' -> ')}`)
      return
    }
    if (finished.has(file)) return
    for (const { specifier } of findImports(sources.get(file) ?? '')) {
      if (specifier.startsWith('.')) visit(resolveImport(file, specifier), [...trail, file])
    }
    finished.add(file)
  }
  for (const file of sources.keys()) visit(file, [])
  return cycles
}

/** All TypeScript files under `src`. */
export async function readSources(root: string): Promise<Sources> {
  const names = await readdir(`${root}/src`, { recursive: true })
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => `src/${name}`)
  const texts = await Promise.all(files.map((file) => readFile(`${root}/${file}`, 'utf8')))
  return new Map(files.map((file, index) => [file, texts[index]!]))
}
