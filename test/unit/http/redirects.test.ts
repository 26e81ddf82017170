import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRedirect, withParameter } from '../../../src/http/redirects.ts'
import { openRedirectPayloads } from '../../support/openRedirectPayloads.ts'

const policy = { publicUrl: 'https://app.example.com', prefix: '/.postern' }

describe('a person comes back to where they were going', () => {
  test.each([
    ['/', '/'],
    ['/orders', '/orders'],
    ['/orders/', '/orders/'],
    ['/orders?page=2&sort=-date', '/orders?page=2&sort=-date'],
    ['/orders#line-3', '/orders#line-3'],
    ['/orders?page=2#line-3', '/orders?page=2#line-3'],
    ['/#/single/page/app', '/#/single/page/app'],
    ['/?', '/?'],
    ['/search?q=https://other.example//x', '/search?q=https://other.example//x'],
    ['/search?q=a%20b%2Fc%0A', '/search?q=a%20b%2Fc%0A'],
    ['/a b', '/a%20b'],
    ['/r%C3%A9sum%C3%A9', '/r%C3%A9sum%C3%A9'],
    ['/résumé?q=é#é', '/r%C3%A9sum%C3%A9?q=%C3%A9#%C3%A9'],
    ['/100%25', '/100%25'],
    ['/files/a%2fb', '/files/a%2fb'],
    ['/.well-known/x', '/.well-known/x'],
    ['/.postern-docs', '/.postern-docs'],
    ['/...', '/...'],
    ['/a/..b', '/a/..b'],
    ['/@name', '/@name'],
    ['/a:b', '/a:b'],
    ['https://app.example.com', '/'],
    ['https://app.example.com/orders?page=2#x', '/orders?page=2#x'],
    ['https://app.example.com:443/orders', '/orders'],
    ['HTTPS://App.Example.COM/Orders', '/Orders'],
    ['https://app.example.com?x=1', '/?x=1'],
  ])('%s leads to %s', (value, location) => {
    expect(checkRedirect(value, policy)).toBe(location)
  })

  test('nothing given leads to the start page', () => {
    expect(checkRedirect(null, policy)).toBe('/')
    expect(checkRedirect(undefined, policy)).toBe('/')
  })

  test('a port of the public URL counts', () => {
    const local = { publicUrl: 'http://127.0.0.1:8080', prefix: '/.postern' }
    expect(checkRedirect('http://127.0.0.1:8080/x', local)).toBe('/x')
    expect(checkRedirect('http://127.0.0.1:8081/x', local)).toBe('/')
    expect(checkRedirect('http://127.0.0.1/x', local)).toBe('/')
  })

  test('a place of 2,000 characters is kept, a longer one is not', () => {
    const place = `/${'a'.repeat(1999)}`
    expect(checkRedirect(place, policy)).toBe(place)
    expect(checkRedirect(`${place}a`, policy)).toBe('/')
  })
})

const fragments = fc.constantFrom(
  '/',
  '\\',
  '//',
  '.',
  '..',
  '%2f',
  '%5c',
  '%2e',
  '%25',
  '@',
  ':',
  '?',
  '#',
  '\t',
  '\n',
  ' ',
  'https:',
  'evil.example',
  'app.example.com',
  '.postern',
  'login',
  '\uff0f',
  '\u2025',
  'a',
  '&',
)
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom(...openRedirectPayloads), fragments)
    .map(([payload, fragment]) => fragment + payload),
)

describe('whatever is asked for', () => {
  test('the browser stays on our origin, on a path that begins with one slash', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const location = checkRedirect(value, policy)
        expect(location).toMatch(/^\/(?![/\\])[\u0021-\u007e]*$/)
        expect(new URL(location, policy.publicUrl).origin).toBe(policy.publicUrl)
        expect(new URL(location, policy.publicUrl).pathname).not.toMatch(/^\/\.postern(\/|$)/)
      }),
      { numRuns: 3000 },
    )
  })

  test('a place that was checked stays what it is', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const location = checkRedirect(value, policy)
        expect(checkRedirect(location, policy)).toBe(location)
      }),
      { numRuns: 3000 },
    )
  })
})

test.each([
  ['/login', '/login?next=%2Fa%3Fb%3Dc'],
  ['/login?x=1', '/login?x=1&next=%2Fa%3Fb%3Dc'],
  ['/login?x=1#top', '/login?x=1&next=%2Fa%3Fb%3Dc#top'],
  ['/login?next=/home&n%65xt=/b', '/login?next=%2Fa%3Fb%3Dc'],
])('%s with one more parameter is %s', (place, told) => {
  expect(withParameter(place, 'next', '/a?b=c')).toBe(told)
})
