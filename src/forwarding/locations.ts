// URLs of an application's answers that name the application by an address of its own, turned into public ones.
// What is meant is found out by parsing, never by how a text begins. Runs for redirects, and only where that is
// configured.

/** The same text where nothing covers it. */
export type MapUrl = (value: string) => string

export interface UrlMapping {
  /** Origin and path, without a slash at the end. */
  readonly from: string
  readonly to: string
}

interface Base extends UrlMapping {
  readonly origin: string
  readonly path: string
}

export function createMapUrl(mappings: readonly UrlMapping[]): MapUrl {
  const bases = mappings.map((mapping): Base => {
    const { origin } = new URL(mapping.from)
    return { ...mapping, origin, path: mapping.from.slice(origin.length) }
  })
  return (value) => {
    // Because all else is relative to the public URL, as it should be, or not for us to guess.
    if (!/^(?:https?:)?\/\//i.test(value)) return value
    const written = escapeBytes(value)
    for (const base of bases) {
      const mapped = mapUrl(written, base)
      if (mapped !== undefined) return mapped
    }
    return value
  }
}

/** Threat: `http://app:3000.evil`, `http://app:3000@evil` and `/app/../admin` begin like the application's own. */
function mapUrl(value: string, { origin, path, to }: Base): string | undefined {
  const url = URL.parse(value, origin)
  if (url === null || url.origin !== origin || url.username !== '' || url.password !== '') {
    return undefined
  }
  const rest = findRest(url.pathname, path)
  return rest === undefined ? undefined : joinPath(to, rest) + url.search + url.hash
}

/** What stands behind a path of whole segments; undefined where it does not cover the other. */
export function findRest(path: string, base: string): string | undefined {
  if (path === base) return ''
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined
}

/** An origin alone has a path, too. */
function joinPath(base: string, rest: string): string {
  if (rest !== '') return base + rest
  return new URL(base).pathname === '/' ? `${base}/` : base
}

/** Because bytes outside of ASCII came one by one, and the parser would take each for a character. */
function escapeBytes(value: string): string {
  return value.replaceAll(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * The URL in a Refresh field; what stands around it stays.
 *
 * @see HTML, shared declarative refresh steps
 */
export function mapRefresh(value: string, mapUrl: MapUrl): string {
  const [head] = /^[\t ]*[\d.]*[\t ]*[;,]?[\t ]*(?:url[\t ]*=[\t ]*)?/i.exec(value) ?? ['']
  const quote = /^["']/.exec(value.slice(head.length))?.[0] ?? ''
  const start = head.length + quote.length
  const closing = quote === '' ? -1 : value.indexOf(quote, start)
  const end = closing === -1 ? value.length : closing
  return value.slice(0, start) + mapUrl(value.slice(start, end)) + value.slice(end)
}
