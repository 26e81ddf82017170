// Header fields as Node hands them over, names and values in turn: folding of names, hop-by-hop fields, tokens.
// Hot: every function here runs for every request; no regular expression, no object per field.

/** RFC 9110 §7.6.1 and the ones that intermediaries meet in practice; never passed on, in either direction. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Whether a field is about one connection only. The name in lower case. */
export function isHopByHop(lowerName: string): boolean {
  return hopByHop.has(lowerName)
}

/** What frames a message, routes it, or says truly where it came from. */
const messageFields: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'expect',
  'cookie',
  'via',
  'max-forwards',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
])

/** Whether no configuration may write a field of this name; the name as {@link foldFieldName} gives it. */
export function isMessageField(foldedName: string): boolean {
  return messageFields.has(foldedName) || hopByHop.has(foldedName)
}

const noOptions: ReadonlySet<string> = new Set()

/**
 * What the Connection fields nominate, in lower case: names of fields that end here. `close` and `keep-alive`
 * alone give an empty set, since they name nothing that {@link isHopByHop} does not know.
 *
 * @see RFC 9110 §7.6.1
 */
export function parseConnectionOptions(fields: readonly string[]): ReadonlySet<string> {
  let options: Set<string> | undefined
  for (let at = 0; at < fields.length; at += 2) {
    if (!isFieldNamed(fields[at]!, 'connection')) continue
    const value = fields[at + 1]!
    if (isPersistenceOnly(value)) continue
    options ??= new Set()
    for (const option of value.split(',')) options.add(option.trim().toLowerCase())
  }
  return options ?? noOptions
}

function isPersistenceOnly(value: string): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === ''
}

/** Whether a name as it came is this one; `lowerName` in lower case. */
export function isFieldNamed(name: string, lowerName: string): boolean {
  return (
    name.length === lowerName.length && (name === lowerName || name.toLowerCase() === lowerName)
  )
}

/** All values of a field, in order; `lowerName` in lower case. */
export function findFieldValues(fields: readonly string[], lowerName: string): string[] {
  const values: string[] = []
  for (let at = 0; at < fields.length; at += 2) {
    if (isFieldNamed(fields[at]!, lowerName)) values.push(fields[at + 1]!)
  }
  return values
}

/**
 * The one spelling under which names are compared: lower case, every character that is no letter or digit `-`.
 *
 * Threat: CGI, WSGI and PHP upstreams read `X_Forwarded_User` and `X.Forwarded.User` as X-Forwarded-User.
 */
export function foldFieldName(name: string): string {
  const lower = name.toLowerCase()
  let folded = ''
  let copiedUpTo = 0
  for (let at = 0; at < lower.length; at += 1) {
    if (isLetterOrDigit(lower.charCodeAt(at))) continue
    folded += `${lower.slice(copiedUpTo, at)}-`
    copiedUpTo = at + 1
  }
  return copiedUpTo === 0 ? lower : folded + lower.slice(copiedUpTo)
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57)
}

/** RFC 9110 §5.6.2 `tchar`, indexed by character code. */
const tokenCharacters: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(code)),
)

/** RFC 9110 §5.6.2: one character at least, all of them `tchar`. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (tokenCharacters[text.charCodeAt(at)] !== true) return false
  }
  return text.length > 0
}
