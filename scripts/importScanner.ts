// Finds what a TypeScript file imports, type imports included: a bundler would show the others alone.

export interface Import {
  /** Empty where it is made at run time and cannot be read. */
  readonly specifier: string
  readonly isTypeOnly: boolean
}

// Statements begin a line, since oxfmt puts them there; `import(` may stand anywhere.
const statement =
  /^(?:import|export)\s+(?<type>type\s+)?(?:(?<clause>[\w*{][^'"`;()=]*?)\s+from\s+)?['"](?<specifier>[^'"]+)['"]/gm
const dynamicImport = /\bimport\(\s*(?:['"`](?<specifier>[^'"`$]*)['"`])?/g
const comment = /^\s*(?:\/\/|\*|\/\*).*$/gm

/** Everything that a file imports or re-exports. */
export function findImports(source: string): Import[] {
  const statements = [...source.matchAll(statement)].map(({ groups }) => ({
    specifier: groups?.['specifier'] ?? '',
    isTypeOnly: groups?.['type'] !== undefined,
  }))
  const dynamic = [...withoutComments(source).matchAll(dynamicImport)].map(({ groups }) => ({
    specifier: groups?.['specifier'] ?? '',
    isTypeOnly: false,
  }))
  return [...statements, ...dynamic]
}

/** Without lines that are comments as a whole. */
export function withoutComments(source: string): string {
  return source.replaceAll(comment, '')
}
