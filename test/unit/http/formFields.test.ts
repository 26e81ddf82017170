import { describe, expect, test } from 'vitest'
import { isFieldName, isLikeField } from '../../../src/http/formFields.ts'

describe('one field and another that some reader takes for it', () => {
  test.each([
    ['login', 'login'],
    ['Login', 'login'],
    ['login[]', 'login'],
    ['login[a][b]', 'login'],
    ['login', 'login[mail]'],
    ['login[mail]x', 'login[mail]'],
    ['login[ mail ]', 'login[mail]'],
    ['login[mail', 'login_mail'],
    ['login.mail', 'login[mail]'],
    ['login[mail].x', 'login[mail][box]'],
    ['.login', 'login[mail]'],
    ['login[]', 'login[mail]'],
    ['login.mail[0]', 'login[mail]'],
    ['login(1s)', 'login'],
    ['lo gin', 'lo_gin'],
    [' login', 'login'],
    ['[login', 'login'],
    ['login]', 'login'],
    ['_login', 'login'],
    ['login\0x', 'login'],
    ['LOGİN', 'login'],
    ['logın', 'login'],
    ['ſign', 'sign'],
    ['用户', '用户'],
  ])('%j is like %j', (name, wanted) => {
    expect(isLikeField(name, wanted)).toBe(true)
  })

  test.each([
    ['log', 'login'],
    ['login2', 'login'],
    ['login_id', 'login'],
    ['last_login', 'login'],
    ['login.x', 'login'],
    ['login.y', 'login'],
    ['user[name]', 'user[mail]'],
    ['', 'login'],
    ['[]', 'login'],
    ['密码', '用户'],
  ])('%j is not like %j', (name, wanted) => {
    expect(isLikeField(name, wanted)).toBe(false)
  })
})

test.each([
  'login',
  'user[mail]',
  'ctl00$Main$user',
  'items[0].name',
  '%%ModDate',
  'j_username',
  '用户',
  'a b',
  '',
  'a=?'.slice(0, 2),
])('%j is a name for everybody', (name) => {
  expect(isFieldName(name)).toBe(true)
})

test.each([
  'a"',
  'a\\',
  'a;b',
  'a\nb',
  'a\0',
  'a%00',
  'a%u0041',
  '=?utf-8?Q?a?=',
  '__proto__[a]',
  'user[name',
  'user]',
  '[user]',
  'a[b]c[d]',
  'a[b]]',
  'a[[b]]',

  '\u200b',
  '\ud800',
  'x'.repeat(501),
])('%j is a name that has two readings', (name) => {
  expect(isFieldName(name)).toBe(false)
})
