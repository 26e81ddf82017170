import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMapUrl, mapRefresh } from '../../../src/forwarding/locations.ts'

const mapUrl = createMapUrl([
  { from: 'http://app:3000/shop', to: 'https://public.example' },
  { from: 'http://app:3000', to: 'https://public.example/rest' },
  { from: 'https://app.internal', to: 'https://public.example' },
])

describe('a URL of the application is turned into the public one', () => {
  test.each([
    ['http://app:3000/shop', 'https://public.example/'],
    ['http://app:3000/shop/', 'https://public.example/'],
    ['http://app:3000/shop/cart?a=b#c', 'https://public.example/cart?a=b#c'],
    ['http://app:3000', 'https://public.example/rest/'],
    ['http://app:3000/shops', 'https://public.example/rest/shops'],
    ['///app:3000/shop/x', 'https://public.example/x'],
    ['HTTP://APP:3000/x', 'https://public.example/rest/x'],
    ['//app:3000/shop/x', 'https://public.example/x'],
    [
      'https://app.internal:443/x?u=http://app:3000/',
      'https://public.example/x?u=http://app:3000/',
    ],
    ['https://app.internal/caf\xc3\xa9', 'https://public.example/caf%C3%A9'],
    ['http://app:3000/shop/../admin', 'https://public.example/rest/admin'],
    ['http://app:3000/shop/%2e%2e/admin', 'https://public.example/rest/admin'],
    ['http://app:3000/shop//evil.example', 'https://public.example//evil.example'],
  ])('%s becomes %s', (from, to) => {
    expect(mapUrl(from)).toBe(to)
  })
})

describe('anything else stays byte for byte', () => {
  test.each([
    'http://app:3000.evil.example/',
    'http://app:30001/shop',
    'http://app:3000@evil.example/shop',
    'http://user@app:3000/shop',
    'http://user:secret@app:3000/shop',
    'http://app/shop',
    'https://app:3000/shop',
    'http://evil.example/http://app:3000/shop',
    'http://app:3000:80/',
    'http://[app]:3000/',
    'ftp://app:3000/shop',
    'http:app:3000/shop',
    'http:/app:3000/shop',
    '\\\\app:3000\\shop',
    '/\\app:3000/shop',
    '/shop/cart',
    'shop/cart',
    '?page=2',
    '#top',
    '',
    'javascript:alert(1)',
    ' http://app:3000/shop',
  ])('%s', (value) => {
    expect(mapUrl(value)).toBe(value)
  })

  test('whatever stands behind the host and port', () => {
    const tail = fc.string({ unit: fc.constantFrom(...Array.from('.@:/\\?#a0%-_')), maxLength: 12 })
    fc.assert(
      fc.property(tail, (rest) => {
        const mapped = mapUrl(`http://app:3000${rest}`)
        const parsed = URL.parse(`http://app:3000${rest}`)
        const isOwn = parsed?.origin === 'http://app:3000' && parsed.username === ''
        expect(mapped.startsWith('https://public.example/')).toBe(isOwn)
      }),
    )
  })
})

test.each([
  ['5; url=http://app:3000/shop/x', '5; url=https://public.example/x'],
  ['0;URL="http://app:3000/shop/x" ', '0;URL="https://public.example/x" '],
  ["3 , url = 'http://app:3000/shop/x'; more", "3 , url = 'https://public.example/x'; more"],
  ['0; http://app:3000/shop', '0; https://public.example/'],
  ['5', '5'],
  ['', ''],
  ['5; url=/x', '5; url=/x'],
  [
    '5; url=http://evil.example/?http://app:3000/shop',
    '5; url=http://evil.example/?http://app:3000/shop',
  ],
])('Refresh: %s becomes %s', (value, expected) => {
  expect(mapRefresh(value, mapUrl)).toBe(expected)
})
