export interface MediaType {
  /** In lower case. */
  readonly type: string
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

const typeSyntax = /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+$/
const parameterSyntax = /^([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w-]+)|"([^"\\]*)")$/

/** A Content-Type (RFC 9110 §8.3.1). Undefined for what can be read in more than one way. */
export function parseMediaType(value: string): MediaType | undefined {
  const [type = '', ...rest] = value.split(/[ \t]?;[ \t]*/)
  if (!typeSyntax.test(type)) return undefined
  const parameters = new Map<string, string>()
  for (const part of rest) {
    const [, name, token, quoted] = parameterSyntax.exec(part) ?? []
    if (name === undefined || parameters.has(name.toLowerCase())) return undefined
    parameters.set(name.toLowerCase(), token ?? quoted ?? '')
  }
  return { type: type.toLowerCase(), parameters }
}
