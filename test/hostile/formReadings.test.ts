// Forms of which an application would read another user name, or another password field, than was judged here.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsSeenBy } from '../gateway/steps.ts'
import { lastSeen, startFormWorld, urlencoded, type FormWorld } from '../support/formWorld.ts'

let app: FormWorld
beforeAll(async () => {
  app = await startFormWorld({
    form: { user: 'user_name', success: { replay: { password: 'dummy' } } },
    route: { match: { path: '/login/**' } },
  })
})
afterAll(() => app[Symbol.asyncDispose]())

const json = 'application/json'
const sent = 'multipart/form-data; boundary=bar'
const head = (name: string) => `Content-Disposition: form-data; name="${name}"`
const part = (name: string, value: string, more = '') =>
  `--bar\r\n${head(name)}${more}\r\n\r\n${value}\r\n`
const good = part('user_name', 'alice') + part('passwd', 'alice')
const goodPairs = 'user_name=alice&passwd=alice'
const goodJson = '"user_name":"alice","passwd":"alice"'

async function expectRefusal(type: string, body: string, path = '/login'): Promise<void> {
  const before = [app.world.issuer.counts.token, app.bodies.length]
  const answer = await app.post(Buffer.from(body, 'latin1'), { type, path })
  expect([400, 415]).toContain(answer.status)
  expect([app.world.issuer.counts.token, app.bodies.length]).toEqual(before)
}

describe('a field that some reader takes for the user name signs nobody in', () => {
  test.each<[reader: string, name: string]>([
    ['PHP: a bracket that is not closed', 'user[name'],
    ['PHP: a bracket', 'user_name[x]'],
    ['PHP: a dot', 'user.name'],
    ['PHP: a space in front', ' user_name'],
    ['who forgets brackets', 'user_name]'],
    ['who forgets case', 'USER_Name'],
    ['C: NUL', 'user_name\0x'],
    ['who decodes twice', 'user%5Fname'],
    ['ASP', 'user%u005Fname'],
    ['Tomcat: RFC 2047', '=?utf-8?Q?user=5Fname?='],
    ['Tomcat: RFC 2047 in base64', '=?utf-8?B?dXNlcl9uYW1l?='],
    ['who forgets what cannot be seen', 'user_na\u200bme'],
    ['.NET: a soft hyphen', 'user_na\u00adme'],
    ['who forgets accents', 'üser_name'],
    ['who forgets width', '\uff55ser_name'],
    ['who forgets combining characters', 'u\u034fser_name'],
    ['Turkish', 'user_name'.replace('u', '\u00fb')],
    ['who puts members in a prototype', '__proto__'],
  ])('%s', async (_, name) => {
    const bytes = Buffer.from(name).toString('latin1')
    await expectRefusal(sent, `${part(bytes, 'bob')}${good}--bar--`)
    await expectRefusal(urlencoded, `${encodeURIComponent(name)}=bob&${goodPairs}`)
    const member = Buffer.from(JSON.stringify(name)).toString('latin1')
    await expectRefusal(json, `{${member}:"bob",${goodJson}}`)
  })

  test.each<[string, string]>([
    ['UTF-8 that is too long', 'user%C1%9Fname'],
    ['UTF-8 that is none', 'user_name%FF'],
  ])('%s', (_, name) => expectRefusal(urlencoded, `${name}=bob&${goodPairs}`))

  test.each<[string, string]>([
    ['of a file, in old PHP', part('user', 'x', '; filename="bob"')],
    ['as a file', part('user_name', 'x', '; filename="bob"')],
    ['of a file whose name is no text', part('x', 'x', '; filename="\xff"')],
    ['of a file that is named by half', part('x', 'x', '; filename="a; name=user_name"')],
    [
      'of a file that is several parts',
      part('x', 'x', '; filename="a"\r\nContent-Type: multipart/mixed; boundary=y'),
    ],
    ['under a second name', part('x', 'bob', '; name="user_name"')],
    ['under a name with `name*`', part('x', 'bob', "; name*=utf-8''user_name")],
    ['behind a quote', part('x\\"; name="user_name', 'bob')],
    ['in a line that goes on', part('x', 'bob', ';\r\n name="user_name"')],
    ['behind a bare line feed', part('x', 'bob', `\n${head('user_name')}`)],
  ])('%s', (_, other) => expectRefusal(sent, `${other}${good}--bar--`))

  test.each<[string, string]>([
    ['twice', `{"user_name":"bob",${goodJson}}`],
    ['in another spelling', `{"user\\u005fname":"bob",${goodJson}}`],
    ['twice, further in', `{"x":[{"a":1,"a":2}],${goodJson}}`],
    ['behind a byte order mark', `\xef\xbb\xbf{${goodJson}}`],
    ['in half a character', `{"user_name\\ud800":"bob",${goodJson}}`],
  ])('%s in JSON', (_, body) => expectRefusal(json, body))
})

describe('what is read in another charset signs nobody in', () => {
  test.each<[string, string, string]>([
    [
      'a part that says its own',
      sent,
      `${part('user_name', 'alice', '\r\nContent-Type: text/plain; charset=utf-7')}${part('passwd', 'alice')}--bar--`,
    ],
    [
      'a part of another type',
      sent,
      `${good}${part('x', 'a', '\r\nContent-Type: text/html')}--bar--`,
    ],
    [
      'a type behind a space that is none',
      sent,
      `${good}${part('x', 'a', '\r\nContent-Type: text/plain\xa0')}--bar--`,
    ],
    ['a field for it', urlencoded, `_charset_=utf-7&${goodPairs}`],
    ['a part for it', sent, `${part('_Charset_', 'iso-8859-1')}${good}--bar--`],
  ])('%s', (_, type, body) => expectRefusal(type, body))

  test('a part in UTF-8, where the form is GBK', async () => {
    await using gbk = await startFormWorld({ form: { charset: 'gbk', success: { replay: {} } } })
    const type = '\r\nContent-Type: text/plain; charset=UTF-8'
    const fields = `${part('login', 'alice', type)}${part('passwd', 'alice')}`
    expect((await gbk.post(`${fields}--bar--`, { type: sent })).status).toBe(400)
    const own = fields.replace('UTF-8', 'GBK')
    expect((await gbk.post(`${own}--bar--`, { type: sent })).status).toBe(200)
    expect(gbk.bodies.map(String).join()).not.toMatch(/utf-8|gbk/i)
  })
})

test.each(['ali\0ce', 'alice\n', 'alice\u0085', '\u007falice'])(
  'the user name %j ends for some where it goes on for others, and signs nobody in',
  async (name) => {
    const text = Buffer.from(name).toString('latin1')
    await expectRefusal(urlencoded, `user_name=${encodeURIComponent(name)}&passwd=alice`)
    await expectRefusal(sent, `${part('user_name', text)}${part('passwd', 'alice')}--bar--`)
    await expectRefusal(json, JSON.stringify({ user_name: name, passwd: 'alice' }))
  },
)

test.each([
  '?a=1;user_name=bob',
  '?%u0075ser_name=bob',
  '?user[name=bob',
  '?user%00=1',
  '?a=%zz',
  '?passwd[]=x',
  '/user_name/bob',
  '/a/PASSWD/x',
  '/user_name=bob',
])('the address /login%s names a field, and signs nobody in', async (rest) => {
  await expectRefusal(urlencoded, goodPairs, `/login${rest}`)
})

/** What a reader gets who believes the boundary, and nothing else. */
async function readLast(): Promise<[string, unknown][]> {
  const type = fieldsSeenBy(lastSeen(app))['content-type']!
  const body = new Uint8Array(app.bodies.at(-1)!)
  return [...(await new Response(body, { headers: { 'Content-Type': type } }).formData())]
}

test.each<[string, string, string, string]>([
  ['behind a bare line feed', sent, `1\n--bar\r\n${head('user_name')}\r\n\r\nbob`, ''],
  ['in the middle of a line', sent, 'a--bar--', ''],
  ['that swallows a head', sent, `1\n--bar\n${head('comment')}\n`, ''],
  [
    'of a second parameter',
    sent.replace(';', '; xboundary=b;'),
    `1\r\n--b\r\n${head('user_name')}\r\n\r\nbob`,
    '',
  ],
  [
    'in another parameter',
    `${sent}; x="boundary=b"`,
    `1\r\n--b\r\n${head('user_name')}\r\n\r\nbob`,
    '',
  ],
  ['of a field that we drop', sent, '1', '\r\nX-Evil: boundary=b'],
])('a boundary %s is a value, for the application, too', async (_, type, value, more) => {
  const body = `${part('x', value, more)}${good}--bar--`
  expect((await app.post(body, { type })).status).toBe(200)
  const [first, ...others] = await readLast()
  expect(first).toEqual(['x', value])
  expect(others).toEqual([
    ['user_name', 'alice'],
    ['passwd', 'dummy'],
  ])
  expect(app.bodies.at(-1)!.toString()).not.toContain('Evil')
})

test('the same names elsewhere are no trick', async () => {
  for (const path of ['/login/step?user=1&x[]=2&login=3', '/login/user_name', '/login/passwd/']) {
    expect((await app.post(goodPairs, { path })).status).toBe(200)
  }
  expect((await app.post(`${good}--bar--`, { type: sent })).status).toBe(200)
  const body = `{"x":{"user_name":"bob"},"y":[{"a":1},{"a":2}],${goodJson}}`
  expect((await app.post(body, { type: json })).status).toBe(200)
})
