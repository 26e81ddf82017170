import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import { parseTarget } from '../../../src/routing/target.ts'

function refusalOf(target: string, authority?: string): GatewayError | undefined {
  try {
    parseTarget(target, authority)
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

function needsOf(target: string): string[] {
  return parseTarget(target).ambiguities.map(({ allowance }) => allowance)
}

describe('a plain target is judged and forwarded as it came', () => {
  test.each([
    ['/', '/', ''],
    ['/?', '/', '?'],
    ['/a', '/a', ''],
    ['/a/', '/a/', ''],
    ['/a/b.c/...', '/a/b.c/...', ''],
    ['/.hidden/..x/x..', '/.hidden/..x/x..', ''],
    ["/~a-b_c!$&'()*+,=:@", "/~a-b_c!$&'()*+,=:@", ''],
    ['/a|b^c[d]"<>`{}', '/a|b^c[d]"<>`{}', ''],
    ['/a?b=/../c//d;e?f', '/a', '?b=/../c//d;e?f'],
    ['/a?b=\\c', '/a', '?b=\\c'],
    ['/a?b=%zz%', '/a', '?b=%zz%'],
    ['/a?b=%00%2f', '/a', '?b=%00%2f'],
  ])('%s', (target, path, query) => {
    expect(parseTarget(target)).toEqual({ path, judgedPath: path, query, ambiguities: [] })
  })
})

describe('an escape is judged as what it stands for and forwarded as it came', () => {
  test.each([
    ['/%41%62%7a%7A%30%2d%2D%2e%2E%5f%7e', '/Abzz0--.._~'],
    ['/%61dmin', '/admin'],
    ['/%40me', '/@me'],
    ['/a%3Ab', '/a:b'],
    ['/%2A', '/*'],
    ['/a%20b', '/a%20b'],
    ['/100%25', '/100%25'],
    ['/100%25x1', '/100%25x1'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/%e2%82%ac/%f0%9f%98%80', '/%E2%82%AC/%F0%9F%98%80'],
    ['/%2epostern/login', '/.postern/login'],
  ])('%s is judged as %s', (target, judgedPath) => {
    expect(parseTarget(target)).toEqual({ path: target, judgedPath, query: '', ambiguities: [] })
  })
})

const controls = Array.from({ length: 32 }, (_, code) => code).concat(0x7f)
const hexOf = (code: number): string => code.toString(16).padStart(2, '0')

describe('refused on every route', () => {
  test.each([
    ['', 'not a path'],
    ['*', 'asterisk-form'],
    ['a', 'no slash'],
    ['?a', 'no path'],
    ['example.com:443', 'authority-form'],
    ['//', 'empty segment'],
    ['//evil.example', 'empty segment first'],
    ['/a//', 'empty segment last'],
    ['/a//b', 'empty segment'],
    ['/.', 'dot segment'],
    ['/..', 'dot segment'],
    ['/./', 'dot segment'],
    ['/a/../b', 'dot segment'],
    ['/a/./b', 'dot segment'],
    ['/a/..?b', 'dot segment before a query'],
    ['/%2e', 'encoded dot'],
    ['/%2E', 'encoded dot'],
    ['/%2e%2e/', 'encoded dots'],
    ['/.%2E/', 'half-encoded dots'],
    ['/%2E./', 'half-encoded dots'],
    ['/%252e%252e/', 'doubly encoded dots'],
    ['/%25%32%65./', 'dots encoded piece by piece'],
    ['/%25252e./', 'triply encoded dots'],
    ['/..;/', 'dots with parameters'],
    ['/..;x=1/', 'dots with parameters'],
    ['/.;x', 'dot with parameters'],
    ['/..%3b/', 'dots with encoded parameters'],
    ['/..%3B', 'dots with encoded parameters'],
    ['/..%253b/', 'dots with doubly encoded parameters'],
    ['/..%23/', 'dots before an encoded #'],
    ['/..%3f/', 'dots before an encoded ?'],
    ['/a%2f../b', 'dots behind an encoded slash'],
    ['/a%2f%2e%2e%2Fb', 'dots between encoded slashes'],
    ['/..%2f', 'dots before an encoded slash'],
    ['/..%252f', 'dots before a doubly encoded slash'],
    ['/%c0%ae%c0%ae/', 'dots in overlong UTF-8'],
    ['/%e0%80%ae./', 'a dot in a longer overlong form'],
    ['/%f0%80%80%ae./', 'a dot in the longest overlong form'],
    ['/..%c0%af', 'dots before an overlong slash'],
    ['/%25c0%25ae./', 'dots in overlong UTF-8, doubly encoded'],
    ['/;x/a', 'a segment of parameters alone'],
    ['/a/%3b/b', 'a segment of parameters alone'],
    ['/a\\b', 'backslash'],
    ['/a%5cb', 'encoded backslash'],
    ['/a%5Cb', 'encoded backslash'],
    ['/a%255cb', 'doubly encoded backslash'],
    ['/a%c1%9cb', 'overlong backslash'],
    ['/a#b', 'raw #'],
    ['/a?b#c', 'raw # in a query'],
    ['/a b', 'space'],
    ['/a?b c', 'space in a query'],
    ['/%', 'malformed escape'],
    ['/%4', 'malformed escape'],
    ['/%4/a', 'malformed escape'],
    ['/%zz', 'malformed escape'],
    ['/%4g', 'malformed escape'],
    ['/%u002e', 'escape of another kind'],
    ['/%%34%31', 'escape in an escape'],
    ['/%2%35', 'escape in an escape'],
    ['/a%', 'malformed escape at the end'],
    ['/caf\u00e9', 'raw byte'],
    ['/a?b=\u00e9', 'raw byte in a query'],
    ['/\u0141', 'a character above latin1'],
    ['/a%2500', 'doubly encoded control character'],
    ['/a%c0%80', 'overlong control character'],
  ])('%j: %s', (target) => {
    expect(refusalOf(target)?.code).toBe('target_ambiguous')
  })

  test.each(controls)(
    'control character %i, raw and encoded, in a path; raw in a query',
    (code) => {
      const raw = String.fromCharCode(code)
      const targets = [
        `/a${raw}b`,
        `/a?b${raw}`,
        `/a%${hexOf(code)}`,
        `/a%${hexOf(code).toUpperCase()}`,
      ]
      expect(targets.map((target) => refusalOf(target)?.code)).toEqual(
        targets.map(() => 'target_ambiguous'),
      )
    },
  )

  test.each([
    ['/abc/../secret?token=hunter2', 'dot segment at offset 5 of the target'],
    ['/secret//b', 'empty segment at offset 8 of the target'],
    ['/secret/%zz', 'malformed escape at offset 8 of the target'],
    ['/a/%252e%252e', 'dot segment at offset 3 of the target'],
  ])('the reason for %s names what and where, never the target', (target, detail) => {
    expect(refusalOf(target)?.detail).toBe(detail)
  })
})

describe('refused unless the route allows it', () => {
  test.each([
    ['/a%2fb', ['encoded-slash']],
    ['/a%2Fb', ['encoded-slash']],
    ['/a%2f%2fb', ['encoded-slash']],
    ['/a;b', ['semicolon']],
    ['/a/;b', ['semicolon']],
    ['/a%3bb', ['semicolon']],
    ['/a%3Bb', ['semicolon']],
    ['/a%23b', ['encoded-hash']],
    ['/%23general/x', ['encoded-hash']],
    ['/a%3fb', ['encoded-question-mark']],
    ['/a%3Fb', ['encoded-question-mark']],
    ['/a%2541', ['double-encoding']],
    ['/a%25%34%31', ['double-encoding']],
    ['/a%252541', ['double-encoding']],
    ['/a%252fb', ['double-encoding', 'encoded-slash']],
    ['/a%253bb', ['double-encoding', 'semicolon']],
    ['/a%25c3%25a9', ['double-encoding']],
    ['/a%80', ['non-utf8']],
    ['/a%ff', ['non-utf8']],
    ['/a%c3', ['non-utf8']],
    ['/a%c3/%a9', ['non-utf8']],
    ['/a%c3x', ['non-utf8']],
    ['/a%c3%25a9', ['double-encoding', 'non-utf8']],
    ['/a%c0%b1', ['non-utf8']],
    ['/a%c0%af', ['encoded-slash', 'non-utf8']],
    ['/a%e0%80%b1', ['non-utf8']],
    ['/a%e0%9f%bf', ['non-utf8']],
    ['/a%f0%80%80%b1', ['non-utf8']],
    ['/a%f0%8f%bf%bf', ['non-utf8']],
    ['/a%ed%a0%80', ['non-utf8']],
    ['/a%ed%bf%bf', ['non-utf8']],
    ['/a%f4%90%80%80', ['non-utf8']],
    ['/a%f5%80%80%80', ['non-utf8']],
    ['/a%f0%9f%98', ['non-utf8']],
  ])('%s needs %j', (target, needs) => {
    expect(needsOf(target).sort()).toEqual(needs)
  })

  test('a kind is reported once, where it is first', () => {
    const many = `/a;${'%2fx;'.repeat(1000)}`
    expect(parseTarget(many).ambiguities).toEqual([
      { allowance: 'semicolon', offset: 2 },
      { allowance: 'encoded-slash', offset: 3 },
    ])
  })

  test('an encoded slash separates no segments', () => {
    expect(parseTarget('/a%2fb/c').judgedPath).toBe('/a%2Fb/c')
  })
})

describe('a target in absolute-form', () => {
  test.each([
    ['http://app.example/a?b', '/a', '?b'],
    ['HTTPS://APP.Example/a', '/a', ''],
    ['http://app.example', '/', ''],
    ['http://app.example?b', '/', '?b'],
  ])('%s for the judged authority is reduced to origin-form', (target, path, query) => {
    expect(parseTarget(target, 'app.example')).toMatchObject({ path, query })
  })

  test.each([
    'http://other.example/a',
    'http://app.example:8080/a',
    'http://user@app.example/a',
    'http:///a',
    'http:/a',
    'ftp://app.example/a',
    'http://app.example\\a',
    'http://app.example#a',
    'http://app.example//a',
    'http://app.example/../a',
  ])('%s is refused', (target) => {
    expect(refusalOf(target, 'app.example')?.code).toBe('target_ambiguous')
  })

  test('with no authority to compare with is refused', () => {
    expect(refusalOf('http:///a', '')?.code).toBe('target_ambiguous')
  })
})

// A second implementation of decoding, pass by pass, to hold the one-pass one to.
function decodeOnce(bytes: readonly number[]): number[] {
  const text = String.fromCharCode(...bytes)
  const decoded = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Array.from(decoded, (character) => character.charCodeAt(0))
}

function decodingsOf(path: string): string[] {
  const decodings = [path]
  for (;;) {
    const last = decodings.at(-1)!
    const next = String.fromCharCode(...decodeOnce(Array.from(last, (c) => c.charCodeAt(0))))
    if (next === last) return decodings
    decodings.push(next)
  }
}

const pieces = fc.constantFrom(
  ...'/ . .. ; % 25 2e 2E 2f 5c 00 3b c0 ae a x ? %2e %2f %25 %252e %252f %25%32%65'.split(' '),
  ...'%c3%a9 %3b %23 %3f %41 %5c %61'.split(' '),
)
const targets = fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join('')}`)

describe('whatever is sent', () => {
  test('an accepted path has no dot segment, control character or backslash however often it is decoded', () => {
    fc.assert(
      fc.property(targets, (target) => {
        if (refusalOf(target) !== undefined) return
        for (const decoded of decodingsOf(parseTarget(target).path)) {
          const names = decoded.split('/').map((segment) => segment.split(/[;?#]/, 1)[0])
          expect(names).not.toContain('.')
          expect(names).not.toContain('..')
          // oxlint-disable-next-line no-control-regex
          expect(decoded).not.toMatch(/[\0-\x1f\x7f\\]/)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('an accepted target is forwarded byte for byte, and its judged path is judged as itself', () => {
    fc.assert(
      fc.property(targets, (target) => {
        if (refusalOf(target) !== undefined) return
        const { path, query, judgedPath, ambiguities } = parseTarget(target)
        expect(path + query).toBe(target)
        if (ambiguities.length === 0) expect(parseTarget(judgedPath).judgedPath).toBe(judgedPath)
      }),
      { numRuns: 2000 },
    )
  })

  test('a path that needs no allowance decodes to the same segments once and for good', () => {
    fc.assert(
      fc.property(targets, (target) => {
        if (refusalOf(target) !== undefined) return
        const { path, ambiguities } = parseTarget(target)
        if (ambiguities.length > 0) return
        const decodings = decodingsOf(path)
        expect(decodings.length).toBeLessThanOrEqual(2)
        expect(decodings.at(-1)!.split('/')).toHaveLength(path.split('/').length)
      }),
      { numRuns: 2000 },
    )
  })

  test('any bytes at all are either refused by name or accepted, never a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const refusal = refusalOf(`/${text}`)
        expect(refusal?.code ?? 'target_ambiguous').toBe('target_ambiguous')
      }),
    )
  })

  test('a UTF-8 path is accepted without any allowance', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).map(encodeURIComponent)
    fc.assert(
      fc.property(segment, (escaped) => {
        fc.pre(!/%(0|1|2[35f]|3[bf]|5c|7f)|^\.+$/i.test(escaped))
        expect(parseTarget(`/x/${escaped}`).ambiguities).toEqual([])
      }),
    )
  })

  test('a target of 16 KiB of nested escapes is judged within 200 ms of processor time', () => {
    const target = `/%${'25'.repeat(8000)}41`
    const start = process.cpuUsage()
    expect(needsOf(target)).toEqual(['double-encoding'])
    expect(process.cpuUsage(start).user).toBeLessThan(200_000)
  })
})
