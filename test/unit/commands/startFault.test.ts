import { expect, test } from 'vitest'
import { describeStartFault } from '../../../src/commands/startFault.ts'
import { ListenFault } from '../../../src/http/listenOn.ts'

const addresses = {
  listen: { address: { host: '::1', port: 443 } },
  admin: { address: { host: '127.0.0.1', port: 9090 } },
}

const fault = (setting: string, code: string): ListenFault =>
  new ListenFault(setting, Object.assign(new Error('listen failed'), { code }))

test.each([
  ['listen.address', 'EACCES', 'listen.address: [::1]:443 may not be listened on by this user.'],
  ['listen.address', 'EAFNOSUPPORT', 'listen.address: [::1]:443 is of a kind'],
  ['admin.address', 'EADDRINUSE', 'admin.address: 127.0.0.1:9090 is taken.'],
  ['admin.address', 'ENOMEM', 'admin.address: 127.0.0.1:9090 cannot be listened on (ENOMEM).'],
])('%s that meets %s is one line', (setting, code, words) => {
  const text = describeStartFault(fault(setting, code), addresses)
  expect(text.startsWith(words)).toBe(true)
  expect(text).not.toContain('\n')
})

test('a fault that no setting caused keeps its stack', () => {
  expect(describeStartFault(new Error('odd'), addresses)).toMatch(/^Error: odd\n {4}at /)
})
