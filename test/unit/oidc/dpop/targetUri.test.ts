import { describe, expect, test } from 'vitest'
import { isSameUri } from '../../../../src/oidc/dpop/targetUri.ts'

const request = { origin: 'https://api.example.com', path: '/a%2Fb/%7Ec' }

describe('an address is the one that was asked for', () => {
  test.each([
    'https://api.example.com/a%2Fb/%7Ec',
    'https://api.example.com/a%2fb/~c',
    'https://api.example.com/a%2Fb/%7ec?x=1',
    'https://api.example.com/a%2Fb/~c#x',
    'https://api.example.com/a%2Fb/~c?#',
    'HTTPS://API.EXAMPLE.COM:443/a%2Fb/~c',
    'https://api.example.com/%61%2Fb/~c',
  ])('%s', (written) => {
    expect(isSameUri(written, request)).toBe(true)
  })

  test('where there is no path, and where the port is the usual one', () => {
    const root = { origin: 'https://api.example.com:443', path: '/' }
    expect(isSameUri('https://api.example.com', root)).toBe(true)
    expect(isSameUri('https://api.example.com/?a', root)).toBe(true)
    expect(isSameUri('https://api.example.com:8443', root)).toBe(false)
  })
})

describe('an address is another one', () => {
  test.each([
    '',
    '/a%2Fb/~c',
    '//api.example.com/a%2Fb/~c',
    'http://api.example.com/a%2Fb/~c',
    'https://api.example.com:8443/a%2Fb/~c',
    'https://api.example.com.evil.example/a%2Fb/~c',
    'https://user@api.example.com/a%2Fb/~c',
    'https://api.example.com@evil.example/a%2Fb/~c',
    'https://api.example.com/a/b/~c',
    'https://api.example.com/a%252Fb/~c',
    'https://api.example.com/a%2Fb/~c/',
    'https://api.example.com/x/../a%2Fb/~c',
    'https://api.example.com\\a%2Fb/~c',
    'https://api.example.com/A%2Fb/~c',
    ' https://api.example.com/a%2Fb/~c',
    'https:api.example.com/a%2Fb/~c',
  ])('%j', (written) => {
    expect(isSameUri(written, request)).toBe(false)
  })
})
