import { expect, test } from 'vitest'
import { createTrustedProxies, parseAddress } from '../../../src/listener/trustedProxies.ts'

test('nobody is trusted by default', () => {
  const isTrusted = createTrustedProxies([])
  expect(['127.0.0.1', '::1', '10.0.0.1'].map(isTrusted)).not.toContain(true)
})

test('addresses and blocks of both families are trusted as listed', () => {
  const isTrusted = createTrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1'])
  expect(['10.255.0.1', '192.0.2.7', '2001:db8:1::5', '::1'].map(isTrusted)).not.toContain(false)
  expect(['11.0.0.1', '192.0.2.8', '2001:db9::1', '::2'].map(isTrusted)).not.toContain(true)
})

test('a block that is written as mapped IPv6 means the IPv4 addresses', () => {
  const isTrusted = createTrustedProxies(['::ffff:10.0.0.0/104'])
  expect([isTrusted('10.1.2.3'), isTrusted('11.1.2.3')]).toEqual([true, false])
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['192.0.2', undefined],
  ['192.0.2.01', undefined],
  ['localhost', undefined],
  ['', undefined],
])('%s is the address %s', (text, expected) => {
  expect(parseAddress(text)).toBe(expected)
})
