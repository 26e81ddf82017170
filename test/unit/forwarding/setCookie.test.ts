import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { responsesSchema } from '../../../src/config/schema/responses.ts'
import { createMapCookie } from '../../../src/forwarding/setCookie.ts'

function mapCookie(cookies: object, setCookie: string): string {
  return createMapCookie(responsesSchema.parse({ cookies }).cookies)!(setCookie)
}

const domains = [{ from: '.app.internal', to: 'app.example.com' }, { from: 'old.internal' }]
const paths = [
  { from: '/shop', to: '/' },
  { from: '/', to: '/rest' },
]

test('nothing configured is nothing to do', () => {
  expect(createMapCookie(responsesSchema.parse({}).cookies)).toBeUndefined()
})

describe('Domain', () => {
  test.each([
    ['a=b; Domain=app.internal; Path=/', 'a=b; Domain=app.example.com; Path=/'],
    ['a=b; domain=.APP.internal ;Path=/', 'a=b; domain=app.example.com;Path=/'],
    ['a=b; Domain=old.internal; HttpOnly', 'a=b; HttpOnly'],
    ['a=b; Domain=example.com; Domain=old.internal', 'a=b'],
    [
      'a=b; Domain=old.internal; Path=/; domain=app.internal',
      'a=b; Path=/; domain=app.example.com',
    ],
    ['a=b; Domain=app.internal.evil', 'a=b; Domain=app.internal.evil'],
    ['a=b; Domain=xapp.internal', 'a=b; Domain=xapp.internal'],
    ['a=Domain=app.internal', 'a=Domain=app.internal'],
    ['__Host-a=b; Domain=app.internal', '__Host-a=b; Domain=app.internal'],
  ])('%s becomes %s', (from, to) => {
    expect(mapCookie({ domains }, from)).toBe(to)
  })
})

describe('Path', () => {
  test.each([
    ['a=b; Path=/shop', 'a=b; Path=/'],
    ['a=b; Path=/shop/', 'a=b; Path=/'],
    ['a=b;path=/shop/cart', 'a=b;path=/cart'],
    ['a=b; Path=/shops', 'a=b; Path=/rest/shops'],
    ['a=b; Path=/', 'a=b; Path=/rest/'],
    ['a=b; Path=', 'a=b; Path='],
    ['a=b; Path', 'a=b; Path'],
    ['a=b; Path=shop', 'a=b; Path=shop'],
    ['__HOST-a=b; Path=/', '__HOST-a=b; Path=/'],
  ])('%s becomes %s', (from, to) => {
    expect(mapCookie({ paths }, from)).toBe(to)
  })
})

describe('Secure and SameSite', () => {
  test.each([
    [{ secure: true }, 'a=b', 'a=b; Secure'],
    [{ secure: true }, 'a=b; secure', 'a=b; secure'],
    [{ secure: true }, 'a=Secure; HttpOnly', 'a=Secure; HttpOnly; Secure'],
    [{ secure: false }, 'a=b; Secure; HttpOnly', 'a=b; HttpOnly'],
    [{ secure: false }, '__Secure-a=b; Secure', '__Secure-a=b; Secure'],
    [{ sameSite: 'lax' }, 'a=b', 'a=b; SameSite=Lax'],
    [{ sameSite: 'strict' }, 'a=b; samesite = none;', 'a=b; samesite =Strict;'],
    [{ sameSite: 'none', secure: true }, 'a=b', 'a=b; Secure; SameSite=None'],
  ])('%j makes of %s %s', (cookies, from, to) => {
    expect(mapCookie(cookies, from)).toBe(to)
  })
})

test('name, value and whatever is not configured stay byte for byte', () => {
  const part = fc.string({ unit: fc.constantFrom(...Array.from('aD=; /"%,\xe9\tomainPth.')) })
  fc.assert(
    fc.property(part, part, (value, attribute) => {
      const cookie = `a=${value.replaceAll(';', '')}; X-${attribute.replaceAll(';', '')}; HttpOnly`
      expect(mapCookie({ domains, paths }, cookie)).toBe(cookie)
      expect(mapCookie({ domains, paths, secure: true }, cookie)).toBe(`${cookie}; Secure`)
    }),
  )
})
