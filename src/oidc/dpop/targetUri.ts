// Whether a URI that a caller wrote names the request that it came with: scheme, authority and path; query and
// fragment do not count (RFC 9449 §4.3, 9), nor do spellings that RFC 3986 §6.2.2 and §6.2.3 call the same.

/** `origin` as a URL would write it or not; `path` as it came. */
export function isSameUri(
  written: string,
  { origin, path }: { readonly origin: string; readonly path: string },
): boolean {
  const uri = parseHttpUri(written)
  return (
    uri !== undefined &&
    uri.origin === URL.parse(origin)?.origin &&
    normalize(uri.path) === normalize(path)
  )
}

const httpUri = /^https?:\/\/[^/?#@\\]+([^?#\\]*)/i

// Because a URL parser also repairs what is none: the path is compared as it was written.
function parseHttpUri(text: string): { origin: string; path: string } | undefined {
  const [, path] = httpUri.exec(text) ?? []
  const url = path === undefined ? null : URL.parse(text)
  if (path === undefined || url === null) return undefined
  return { origin: url.origin, path: path === '' ? '/' : path }
}

/** RFC 3986 §6.2.2.1, §6.2.2.2: escapes in capitals, those of unreserved characters undone. */
function normalize(path: string): string {
  return path.replaceAll(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase()
  })
}
