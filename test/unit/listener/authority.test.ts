import { expect, test } from 'vitest'
import { parseAuthority, toAuthority } from '../../../src/listener/authority.ts'

test.each([
  ['App.Example', 'app.example'],
  ['app.example.', 'app.example'],
  ['app.example:80', 'app.example'],
  ['app.example:08080', 'app.example:8080'],
  ['app_1.internal', 'app_1.internal'],
  ['127.0.0.1:3000', '127.0.0.1:3000'],
  ['[::1]', '[::1]'],
  ['[2001:DB8::1]:8080', '[2001:db8::1]:8080'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
])('%s is the authority %s', (text, expected) => {
  const authority = parseAuthority(text)!
  expect(toAuthority(authority, 'http')).toBe(expected)
})

test('only the port of the scheme is left out', () => {
  const authority = parseAuthority('a.example:443')!
  expect(toAuthority(authority, 'https')).toBe('a.example')
  expect(toAuthority(authority, 'http')).toBe('a.example:443')
})

test.each([
  '',
  ' ',
  '.',
  '..',
  ':80',
  'a:',
  'a:0',
  'a:65536',
  'a:123456',
  'a:8o',
  'a:80:80',
  'a:-1',
  'a b',
  'a,b',
  'a/b',
  'a?b',
  'a#b',
  'user@a',
  'a%2eb',
  'a..b',
  '.a',
  "a'b",
  'a;b',
  'é',
  '[::1',
  '::1',
  '[::1]x',
  '[::1]80',
  '[::1]:',
  '[127.0.0.1]',
  '[fe80::1%25eth0]',
  '[fe80::1%eth0]',
  '127.1',
  '1.2.3.256',
  '1.2.3.04',
  '0x7f.0x1',
  '2130706433',
  'a'.repeat(254),
])('%j is no host and port', (text) => {
  expect(parseAuthority(text)).toBeUndefined()
})
