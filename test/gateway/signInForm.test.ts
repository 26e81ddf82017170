// An application's own sign-in form, intercepted: what the person gets, what the issuer is asked, and what is left of
// the form for the application.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastSeen, startFormWorld, urlencoded, type FormWorld } from '../support/formWorld.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { asScript, fieldsSeenBy, jsonOf, open, problemOf, sessionCookiesOf } from './steps.ts'

const alice = 'csrf=a%2Bb+c&login=alice&passwd=alice&submit=Sign+in'
const boundary = '----WebKitFormBoundaryabcDEF123'
const multipart = `multipart/form-data; boundary=${boundary}`

function toMultipart(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--${boundary}--\r\n`
}

/** What the application got last, as it would have been with the boundary of the form that was sent. */
function asSent(app: FormWorld): string {
  const [, own = 'none'] = /boundary=(\S+)/.exec(fieldsSeenBy(lastSeen(app))['content-type']!) ?? []
  expect(own).not.toBe(boundary)
  return app.bodies.at(-1)!.toString('latin1').replaceAll(own, boundary)
}

describe('with a redirect', () => {
  let app: FormWorld
  beforeAll(async () => {
    app = await startFormWorld({
      form: {
        success: { redirect: '/home', redirectField: 'next' },
        failure: {
          redirect: '/login?from=gate',
          parameter: 'err',
          values: { wrong_credentials: '1' },
        },
      },
    })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test('the right password leads on with a session, and the application never sees the form', async () => {
    const client = app.world.browser()
    const before = app.bodies.length
    const answer = await app.post(alice, { client })
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/home')
    expect(app.bodies).toHaveLength(before)
    expect((await open(client, `${app.world.publicUrl}/home`)).status).toBe(200)
    expect(fieldsSeenBy(lastSeen(app))['x-forwarded-user']).toBe('alice')
  })

  test.each([
    ['/orders?page=2#top', '/orders?page=2#top'],
    ['/', '/'],
    ['https://evil.example/', '/home'],
    ['//evil.example', '/home'],
    ['/.postern/logout', '/home'],
    ['', '/home'],
  ])('a field that says %j leads to %s', async (next, place) => {
    const answer = await app.post(`${alice}&next=${encodeURIComponent(next)}`)
    expect(answer.headers.location).toBe(place)
  })

  test('a field for the place that is there twice counts for nothing', async () => {
    expect((await app.post(`${alice}&next=/a&next=/b`)).headers.location).toBe('/home')
  })

  const fromPage = (query: string): string[] => {
    const own = app.world.publicUrl
    const from = ['Origin', own, 'Sec-Fetch-Site', 'same-origin']
    return [...from, 'Referer', `${own}/login${query}`]
  }

  test.each([
    ['the address of its page', { page: '?next=%2Forders%2F7' }, '/orders/7'],
    ['its own address', { path: '/login?next=/a', page: '?next=/b' }, '/a'],
    ['a field before both', { next: '/c', path: '/login?next=/a', page: '?next=/b' }, '/c'],
    ['its page, where the field is empty', { next: '', page: '?next=/b' }, '/b'],
    ['nothing, where the page says another site', { page: '?next=//evil.example' }, '/home'],
    ['nothing, where the page says two', { page: '?next=/a&next=/b' }, '/home'],
  ])('where the person was going is said by %s', async (_, said, place) => {
    const { next, path = '/login', page }: { next?: string; path?: string; page: string } = said
    const body = next === undefined ? alice : `${alice}&next=${next}`
    const answer = await app.post(body, { path, from: fromPage(page) })
    expect(answer.headers.location).toBe(place)
  })

  test('a wrong password does not lose where the person was going', async () => {
    const from = fromPage('?next=%2Forders%2F7')
    const answer = await app.post('login=alice&passwd=wrong', { from })
    expect(answer.headers.location).toBe('/login?from=gate&err=1&next=%2Forders%2F7')
  })

  test('each sign-in opens a new session and ends the one before', async () => {
    const client = app.world.browser()
    await app.post(alice, { client })
    const before = client.cookies.find('postern')!.value
    await app.post('login=bob&passwd=bob', { client })
    expect(client.cookies.find('postern')!.value).not.toBe(before)
    const fields = ['Cookie', `postern=${before}`, ...asScript]
    expect((await app.world.browser().request(`${app.world.publicUrl}/x`, { fields })).status).toBe(
      401,
    )
  })

  test('a wrong password leads back to the page of the application, which is told what was wrong', async () => {
    const client = app.world.browser()
    const answer = await app.post('login=alice&passwd=wrong', { client })
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/login?from=gate&err=1')
    expect(sessionCookiesOf(client)).toEqual([])
  })

  test.each([
    ['nothing', ''],
    ['no password', 'login=alice'],
    ['no user name', 'passwd=alice'],
    ['both empty', 'login=&passwd='],
    ['other names', 'username=alice&password=alice'],
    ['names in capitals', 'LOGIN=alice&PASSWD=alice'],
  ])('a form with %s leads back, and the issuer is not asked', async (_, body) => {
    const asked = app.world.issuer.counts.token
    expect((await app.post(body)).headers.location).toBe('/login?from=gate&err=incomplete')
    expect(app.world.issuer.counts.token).toBe(asked)
  })

  test('a script is answered in JSON, whatever page is named', async () => {
    const wrong = await app.post('{"login":"alice","passwd":"wrong"}', {
      type: 'application/json',
      as: asScript,
    })
    expect(wrong.status).toBe(401)
    expect(problemOf(wrong).code).toBe('wrong_password')
    const empty = await app.post('{}', { type: 'application/json', as: asScript })
    expect(empty.status).toBe(400)
    expect(problemOf(empty).code).toBe('credentials_missing')
  })

  test('the page of the application is let through, and so is what is not posted', async () => {
    const answer = await open(app.world.browser(), `${app.world.publicUrl}/login?x=1`)
    expect(answer.text).toBe('the application: GET /login?x=1')
  })

  test.each([
    ['another type', 'text/plain', alice, 415],
    ['a type twice', `${urlencoded}, text/plain`, alice, 415],
    ['another charset', `${urlencoded}; charset=utf-16`, alice, 415],
    ['no boundary', 'multipart/form-data', toMultipart({ login: 'a' }), 400],
    ['no JSON', 'application/json', '{"login":"alice"', 400],
    ['a list', 'application/json', '["alice"]', 400],
    ['a number for a password', 'application/json', '{"login":"alice","passwd":1}', 400],
    ['a field twice', urlencoded, 'login=alice&passwd=alice&passwd=alice', 400],
    ['a field as PHP names it', urlencoded, 'login=alice&passwd=alice&login[]=bob', 400],
    ['a field in another case', urlencoded, 'login=alice&passwd=alice&Login=bob', 400],
    ['a bare semicolon', urlencoded, 'login=alice&passwd=alice;login=bob', 400],
    ['a stray percent sign', urlencoded, 'login=alice&passwd=100%', 400],
    ['bytes that are not UTF-8', urlencoded, 'login=alice&passwd=%ff', 400],
    ['10 MB', urlencoded, `login=alice&passwd=${'a'.repeat(10_000_000)}`, 413],
    ['one byte too many', urlencoded, `login=a&passwd=${'a'.repeat(65_536 - 14)}`, 413],
    ['the last part missing', multipart, toMultipart({ login: 'alice' }).slice(0, -6), 400],
    ['bare line feeds', multipart, toMultipart({ login: 'a' }).replaceAll('\r\n', '\n'), 400],
    ['something in front', multipart, `x\r\n${toMultipart({ login: 'a' })}`, 400],
    ['something behind', multipart, `${toMultipart({ login: 'a' })}x`, 400],
  ])(
    'a form with %s is refused with a name, and nobody is asked',
    async (_, type, body, status) => {
      const asked = app.world.issuer.counts.token
      const before = app.bodies.length
      expect((await app.post(body, { type })).status).toBe(status)
      expect(app.world.issuer.counts.token).toBe(asked)
      expect(app.bodies).toHaveLength(before)
    },
  )

  test('a form that is coded is refused', async () => {
    const answer = await app.post(alice, { fields: ['Content-Encoding', 'gzip'] })
    expect(answer.status).toBe(415)
  })

  describe('a password arrives at the issuer as it was typed', () => {
    test.each([
      ['with outer and inner space', '  two  words '],
      ['with NUL and control characters', 'a\0b\u0001\u001f\u007f\r\nc'],
      ['with characters of four bytes', '🔑𝔭𝔞𝔰𝔰'],
      ['with characters that mean something in a form', 'a+b&c=d%20;"\'<>\\'],
      ['in a form that Unicode would normalise', 'e\u0301 ﬁ Å'],
      ['of 1,000 characters', 'pässwörd 密码 '.repeat(84).slice(0, 1000)],
    ])('%s', async (_, passwd) => {
      app.world.issuer.accounts.get('bob')!.password = passwd
      const answers = [
        await app.post(new URLSearchParams({ login: 'bob', passwd }).toString()),
        await app.post(JSON.stringify({ login: 'bob', passwd }), { type: 'application/json' }),
        await app.post(toMultipart({ login: 'bob', passwd }), { type: multipart }),
      ]
      app.world.issuer.accounts.get('bob')!.password = 'bob'
      expect(answers.map(({ headers }) => headers.location)).toEqual(['/home', '/home', '/home'])
    })
  })
})

describe('replayed', () => {
  let app: FormWorld
  beforeAll(async () => {
    app = await startFormWorld({ form: { success: { replay: { password: 'dummy & more' } } } })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test('the application gets the form with another password, all other values as they were typed, and who it is', async () => {
    const client = app.world.browser()
    const answer = await app.post('csrf=a%2bb+%7E~&&login=%61lice&passwd=%61lice&x=%FF&submit', {
      client,
    })
    expect(answer.text).toBe('the application: POST /login')
    expect(app.bodies.at(-1)!.toString('latin1')).toBe(
      'csrf=a%2Bb+%7E%7E&login=alice&passwd=dummy+%26+more&x=%FF&submit=',
    )
    const seen = fieldsSeenBy(lastSeen(app))
    expect(seen['x-forwarded-user']).toBe('alice')
    expect(seen['content-type']).toBe(urlencoded)
    expect(seen['content-length']).toBe(String(app.bodies.at(-1)!.length))
    expect(client.cookies.find('PHPSESSID')?.value).toBe('of-the-app')
    expect(sessionCookiesOf(client)).toEqual(['postern'])
    expect((await open(client, `${app.world.publicUrl}/orders`)).status).toBe(200)
  })

  test('of several parts, the content of one is another', async () => {
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="photo"; filename="\xc3\xa4 b.png"\r\nContent-Type: image/png\r\n\r\n\0\xff\r\n--x\r\n`
    const fields = { login: 'alice', passwd: 'alice', csrf: 'a"b\nc' }
    await app.post(Buffer.from(file + toMultipart(fields), 'latin1'), { type: multipart })
    const dummy = toMultipart({ ...fields, passwd: 'dummy & more' })
    expect(asSent(app)).toBe(file + dummy)
  })

  test('in JSON, one value is another, and numbers keep their digits', async () => {
    const body =
      '\n{ "a\\u0062" : [1.50, {"passwd":"x, }"}],"login":"alice" ,\t"passwd"\n:\r"al\\u0069ce" , "n": 1e400, "😀":"\\"}" }\n'
    await app.post(body, { type: 'application/json; charset=UTF-8' })
    expect(app.bodies.at(-1)!.toString()).toBe(
      '{"ab":[1.50,{"passwd":"x, }"}],"login":"alice","passwd":"dummy & more","n":1e400,"😀":"\\"}"}',
    )
    expect(fieldsSeenBy(lastSeen(app))['content-type']).toBe('application/json; charset=UTF-8')
  })

  test('the query cannot say another name', async () => {
    const before = app.bodies.length
    for (const path of ['/login?login=bob', '/login?LOGIN[]=bob', '/login?a=1&passwd=x']) {
      expect((await app.post(alice, { path })).status).toBe(400)
    }
    expect(app.bodies).toHaveLength(before)
    expect((await app.post(alice, { path: '/login?step=2' })).status).toBe(200)
  })

  test('without the right password the application gets nothing', async () => {
    const before = app.bodies.length
    const answer = await app.post('login=alice&passwd=wrong')
    expect(answer.status).toBe(401)
    expect(answer.text).toContain('The user name or the password is wrong')
    expect(app.bodies).toHaveLength(before)
  })

  test('what was said about other content is not said about this', async () => {
    await app.post(alice, { fields: ['Content-MD5', 'x', 'Digest', 'y', 'Content-Digest', 'z'] })
    expect(Object.keys(fieldsSeenBy(lastSeen(app)))).not.toContain('content-md5')
    expect(Object.keys(fieldsSeenBy(lastSeen(app)))).not.toContain('digest')
    expect(Object.keys(fieldsSeenBy(lastSeen(app)))).not.toContain('content-digest')
  })
})

describe('replayed without a password', () => {
  let app: FormWorld
  beforeAll(async () => {
    app = await startFormWorld({ form: { success: { replay: { user: 'email' } } } })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test.each([
    ['first', 'passwd=alice&login=alice&x=1', 'login=alice%40example.com&x=1'],
    ['between', 'x=1&passwd=alice&login=alice', 'x=1&login=alice%40example.com'],
    ['last', 'x=1&login=alice&passwd=alice', 'x=1&login=alice%40example.com'],
  ])(
    'the field is gone where it stood %s, and the name is that of a claim',
    async (_, body, left) => {
      await app.post(body)
      expect(app.bodies.at(-1)!.toString()).toBe(left)
    },
  )

  test.each([
    ['{"passwd":"alice","login":"alice"}', '{"login":"alice@example.com"}'],
    ['{"login":"alice" , "passwd":"alice"}', '{"login":"alice@example.com"}'],
  ])('%s is %s', async (body, left) => {
    await app.post(body, { type: 'application/json' })
    expect(app.bodies.at(-1)!.toString()).toBe(left)
    expect(JSON.parse(left)).toEqual({ login: 'alice@example.com' })
  })

  test('the part is gone', async () => {
    await app.post(toMultipart({ a: '1', passwd: 'alice', login: 'alice' }), { type: multipart })
    expect(asSent(app)).toBe(toMultipart({ a: '1', login: 'alice@example.com' }))
  })

  test('a claim that no form can carry refuses the form; the person is signed in all the same', async () => {
    app.world.issuer.accounts.get('bob')!.claims['email'] = 'a\r\n--x\r\n@example.com'
    const client = app.world.browser()
    const before = app.bodies.length
    const body = toMultipart({ login: 'bob', passwd: 'bob' })
    const answer = await app.post(body, { type: multipart, client, as: asScript })
    app.world.issuer.accounts.get('bob')!.claims['email'] = 'bob@example.com'
    expect(problemOf(answer).code).toBe('upstream_user_unknown')
    expect(app.bodies).toHaveLength(before)
    expect(jsonOf(await client.request(`${app.world.publicUrl}/.postern/session`))).toMatchObject({
      subject: 'bob',
    })
  })
})

test('a person who may not use the route has signed in, and the application gets nothing', async () => {
  await using app = await startFormWorld({
    form: { success: { replay: {} } },
    route: {
      match: { path: '/login', methods: ['POST'] },
      access: 'signed-in',
      require: { groups: ['admins'] },
    },
  })
  const client = app.world.browser()
  expect((await app.post('login=bob&passwd=bob', { client })).status).toBe(403)
  expect(app.bodies).toHaveLength(0)
  expect((await open(client, `${app.world.publicUrl}/orders`)).status).toBe(200)
})

test('an old page in GBK: what is typed is read in it, and the issuer gets it as it was typed', async () => {
  await using app = await startFormWorld({ form: { charset: 'gbk', success: { replay: {} } } })
  app.world.issuer.accounts.get('bob')!.password = '密码'
  const answer = await app.post('note=%C4%E3&login=bob&passwd=%C3%DC%C2%EB')
  expect(answer.status).toBe(200)
  expect(app.bodies.at(-1)!.toString()).toBe('note=%C4%E3&login=bob')
})

describe('where people are to sign in elsewhere, the page of the form', () => {
  let app: FormWorld
  beforeAll(async () => {
    app = await startFormWorld({
      form: { page: 'sign-in', success: { redirect: '/home', redirectField: 'next' } },
    })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test('sends them there, and where they were going afterwards', async () => {
    const client = app.world.browser()
    const answer = await open(client, `${app.world.publicUrl}/login?next=/orders`)
    expect(answer.headers.location).toBe('/.postern/login?rd=%2Forders')
    const form = await client.navigate(`${app.world.publicUrl}/login`)
    const page = await client.submitForm(form, { login: 'alice', password: 'alice' })
    expect(page.url).toBe(`${app.world.publicUrl}/home`)
    const again = await open(client, `${app.world.publicUrl}/login?next=//evil.example`)
    expect(again.headers.location).toBe('/home')
  })

  test('tells a script where to sign in', async () => {
    const answer = await app.world
      .browser()
      .request(`${app.world.publicUrl}/login`, { fields: asScript })
    expect(problemOf(answer)).toEqual({
      code: 'login_required',
      loginUrl: '/.postern/login?rd=%2Fhome',
    })
  })

  test('still takes the form', async () => {
    expect((await app.post(alice)).headers.location).toBe('/home')
  })
})

test('too many wrong passwords are answered in the way that the caller understands', async () => {
  const throttling = { account: { failures: 1 }, answerTime: '0s' }
  await using app = await startFormWorld({ config: { throttling } })
  await app.post('login=alice&passwd=wrong')
  await app.post('login=alice&passwd=wrong')
  const asked = app.world.issuer.counts.token
  const forPerson: HttpAnswer = await app.post(alice)
  const forScript = await app.post(alice, { as: asScript })
  expect([forPerson.status, forScript.status]).toEqual([429, 429])
  expect(Number(forPerson.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(forScript.headers['retry-after'])).toBeGreaterThan(0)
  expect(forPerson.headers['content-type']).toMatch(/^text\/html/)
  expect(problemOf(forScript).code).toBe('too_many_attempts')
  expect(app.world.issuer.counts.token).toBe(asked)
})

test('of several providers, the page is left for the one that the form is for', async () => {
  await using app = await startFormWorld({
    form: { page: 'sign-in', provider: 'staff' },
    config: {
      providers: ['staff', 'guests'].map((id) => ({
        id,
        issuer: 'https://issuer.example',
        clientId: 'c',
        password: {},
      })),
    },
  })
  const answer = await open(app.world.browser(), `${app.world.publicUrl}/login`)
  expect(answer.headers.location).toBe('/.postern/login?rd=%2F&provider=staff')
})
