// Forms that are written to be much work: to take apart, to count, or to look for what is not there. Each is of a kind
// that can take a time that grows with the square of its size, and would be minutes at this one.

import { expect, test } from 'vitest'
import { findFormCredentials } from '../../src/authentication/signInForm/formCredentials.ts'
import { findFormat } from '../../src/authentication/signInForm/readForm.ts'
import { formTypes } from '../../src/config/schema/signInForm.ts'
import { GatewayError } from '../../src/errors/gatewayError.ts'

const urlencoded = 'application/x-www-form-urlencoded'
const multipart = 'multipart/form-data; boundary=b'
const json = 'application/json'
const head = '--b\r\nContent-Disposition: form-data; name="'

const size = 4 * 1024 ** 2

function fill(before: string, repeated: string, behind = ''): string {
  const count = Math.floor((size - before.length - behind.length) / repeated.length)
  return before + repeated.repeat(count) + behind
}

test.each<[string, string, string]>([
  ['fields without a value', urlencoded, fill('', 'a&')],
  ['fields without a name', urlencoded, fill('', '=&')],
  ['nothing between separators', urlencoded, fill('', '&')],
  ['escapes', urlencoded, fill('a=', '%41')],
  ['escapes that are none', urlencoded, fill('a=', '%4')],
  ['a long name', urlencoded, fill('', 'a')],
  ['characters that are taken apart', urlencoded, fill('', encodeURIComponent('\ufdfa'))],
  ['parts', multipart, fill('', `${head}a"\r\n\r\n\r\n`)],
  ['boundaries', multipart, fill('', '--b\r\n')],
  ['almost boundaries', multipart, fill(`${head}a"\r\n\r\n`, '\r\n--')],
  ['spaces in a head', multipart, fill(`${head}a"\r\na:`, ' ', '\0\r\n\r\n1\r\n--b--')],
  ['lines in a head', multipart, fill(`${head}a"`, '\r\na:', '\r\n\r\n1\r\n--b--')],
  ['parameters', multipart, fill(`${head}a"`, '; a="b"', '\r\n\r\n1\r\n--b--')],
  ['members', json, fill('{"a":1', ',"a":1', '}')],
  ['depth', json, fill('{"a":', '[')],
  ['depth that ends', json, `{"a":${'['.repeat(size / 2 - 10)}${']'.repeat(size / 2 - 10)}}`],
  ['quotes', json, fill('{"a":"', '\\"', '"}')],
  ['digits', json, fill('{"a":', '9', '}')],
])('4 MiB of %s are no more work than the size says', { timeout: 60_000 }, (_, type, body) => {
  expect(judge(type, Buffer.from(body, 'latin1'))).toMatch(/^(form_malformed|incomplete)$/)
})

test('the spaces of a media type are no more work than the size says', () => {
  const spaces = ' '.repeat(1024 ** 2)
  expect(judge(`${urlencoded}${spaces}x`, Buffer.alloc(0))).toBe('unsupported_media_type')
  expect(judge(`${urlencoded};${spaces};x`, Buffer.alloc(0))).toBe('unsupported_media_type')
})

function judge(type: string, body: Buffer): string {
  try {
    const format = findFormat([type], { contentTypes: [...formTypes], charset: 'utf-8' })
    const form = { fields: format.parse(body), format }
    return findFormCredentials(form, { user: 'login', password: 'passwd' }) ? 'read' : 'incomplete'
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}
