// A path as the kindest server would read it: decoded up to three times, overlong characters for ASCII,
// backslashes for slashes, parameters dropped, slashes merged, dots resolved. Written apart from the gateway's
// own rules, to judge what an upstream got.

export function toLenientPath(target: string): string {
  let path = target.split('?', 1)[0]!
  for (let round = 0; round < 3; round += 1) path = resolve(decode(path))
  return path
}

function decode(path: string): string {
  const bytes: number[] = []
  for (let at = 0; at < path.length; at += 1) {
    const escape = /^%([0-9a-f]{2})/i.exec(path.slice(at, at + 3))
    bytes.push(escape === null ? path.charCodeAt(at) & 0xff : Number.parseInt(escape[1]!, 16))
    if (escape !== null) at += 2
  }
  return Buffer.from(withoutOverlong(bytes)).toString('latin1')
}

/** Two and three bytes for one character of ASCII. */
function withoutOverlong(bytes: readonly number[]): number[] {
  const short: number[] = []
  for (let at = 0; at < bytes.length; at += 1) {
    const [one = 0, two = 0, three = 0] = bytes.slice(at, at + 3)
    if ((one === 0xc0 || one === 0xc1) && two >= 0x80 && two < 0xc0) {
      short.push(((one & 1) << 6) | (two & 0x3f))
      at += 1
    } else if (one === 0xe0 && (two === 0x80 || two === 0x81)) {
      short.push(((two & 1) << 6) | (three & 0x3f))
      at += 2
    } else short.push(one)
  }
  return short
}

function resolve(path: string): string {
  const segments: string[] = []
  for (const written of path.replaceAll('\\', '/').split('/')) {
    const segment = written.replace(/[;\0].*/s, '')
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
