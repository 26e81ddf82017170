import { describe, expect, test } from 'vitest'
import { load, problemsOf, warningsOf } from '../configFile.ts'

interface FileParts {
  readonly providers?: string
  readonly route?: string
  readonly form?: string
}

const acme = `  - id: acme
    issuer: https://acme.example/oidc
    clientId: postern
    clientSecret: a-client-secret
    password: {}
`
const other = acme.replaceAll('acme', 'other')

function aFile({ providers = acme, route = 'access: optional', form = '' }: FileParts): string {
  return `publicUrl: https://app.example.com
sessions: { keys: [a-key-of-32-bytes-that-nobody-else-has-used], store: memory }
upstreams:
  billing: { url: http://127.0.0.1:3000 }
routes:
  - upstream: billing
    ${route}
    signInForm:
      user: login
      password: passwd
${form.replaceAll(/^/gm, '      ')}
    match: { path: /login }
providers:
${providers}`
}

describe('a sign-in form is refused where', () => {
  test.each<[string, FileParts, string]>([
    [
      'no provider takes passwords',
      { providers: acme.replace(/ +password.*\n/, '') },
      'signInForm',
    ],
    ['two could be meant', { providers: acme + other }, 'signInForm'],
    ['it names one that takes none', { form: 'provider: nobody' }, 'signInForm.provider'],
    [
      'the route has another provider',
      {
        providers: acme + other,
        route: 'access: optional\n    providers: [other]',
        form: 'provider: acme',
      },
      'signInForm.provider',
    ],
    ['both fields are one', { form: 'success: {}' }, ''],
    ['nobody sees it', { route: 'access: signed-in' }, 'access'],
    [
      'the application could not be told who it is',
      { route: 'access: public', form: 'success: { replay: {} }' },
      'signInForm.success.replay',
    ],
    [
      'it would be answered twice',
      { form: 'success: { replay: {}, redirect: /home }' },
      'signInForm.success.redirect',
    ],
    [
      'it leads to another site',
      { form: 'success: { redirect: //evil.example }' },
      'signInForm.success.redirect',
    ],
    [
      'it leads to an own endpoint',
      { form: 'success: { redirect: /.postern/logout }' },
      'signInForm.success.redirect',
    ],
    [
      'it leads back where nobody can be sent',
      { form: 'failure: { redirect: /a/../b }' },
      'signInForm.failure.redirect',
    ],
    [
      'the dummy has a line break',
      { form: 'success: { replay: { password: "a\\nb" } }' },
      'signInForm.success.replay.password',
    ],
    [
      'the dummy is not in the environment',
      { form: 'success: { replay: { password: { env: NOWHERE } } }' },
      'signInForm.success.replay.password',
    ],
    [
      'a reason is none',
      { form: 'failure: { redirect: /a, values: { wrong: "1" } }' },
      'signInForm.failure.values.wrong',
    ],
    ['it is a logout link', { route: 'access: optional\n    logout: true' }, 'logout'],
  ])('%s', async (_, parts, path) => {
    const text = path === '' ? aFile(parts).replace('passwd', 'Login') : aFile(parts)
    const problems = await problemsOf(text)
    const place = path === '' ? 'signInForm.password' : path
    expect(problems.map((problem) => problem.path)).toEqual([`routes[0].${place}`])
  })

  test.each([
    ['login', 'login[pw]', 'password'],
    ['user[name]', 'user', 'password'],
    ['log.in', 'LOG[IN]', 'password'],
    ['login', '"pass;wd"', 'password'],
    ['"log\\\"in"', 'passwd', 'user'],
    ['"log%5fin"', 'passwd', 'user'],
  ])('the fields are %s and %s', async (user, password, place) => {
    const text = aFile({}).replace('user: login', `user: ${user}`)
    const problems = await problemsOf(text.replace('passwd', password))
    expect(problems.map(({ path }) => path)).toEqual([`routes[0].signInForm.${place}`])
  })

  test('it cannot be posted', async () => {
    const text = aFile({}).replace('path: /login', 'path: /login, methods: [GET]')
    expect((await problemsOf(text)).map(({ path }) => path)).toEqual(['routes[0].match.methods'])
  })
})

test.each<[string, FileParts]>([
  ['with nothing but its fields', {}],
  ['on a public route', { route: 'access: public' }],
  ['for one of two providers', { providers: acme + other, form: 'provider: other' }],
  [
    'for the one of the route',
    { providers: acme + other, route: 'access: optional\n    providers: [other]' },
  ],
  ['whose page is elsewhere', { route: 'access: signed-in', form: 'page: sign-in' }],
  [
    'with everything',
    {
      form: `charset: gbk
contentTypes: [application/x-www-form-urlencoded]
maxSize: 8KiB
success: { redirect: '/home?a=b', redirectField: next }
failure: { redirect: '/login?x=1', parameter: err, values: { wrong_credentials: '1' } }`,
    },
  ],
])('a sign-in form %s is fine', async (_, parts) => {
  expect(await problemsOf(aFile(parts))).toEqual([])
  expect(await load(aFile(parts))).toHaveProperty('config')
})

test('a logout link that whoever is signed out cannot follow is refused', async () => {
  const text = aFile({}).replace(/ {4}signInForm:[^]*passwd\n/, '    logout: true\n')
  expect(await problemsOf(text)).toEqual([])
  const problems = await problemsOf(text.replace('access: optional', 'access: signed-in'))
  expect(problems.map(({ path }) => path)).toEqual(['routes[0].logout'])
})

const random = 'A8bd3kQ_long-random-text-of-40-characters'

test.each<[string, string, string[]]>([
  ['one password for all, and a name that is typed', `{ password: ${random} }`, ['']],
  ['one that can be guessed', '{ user: sub, password: Summer2009! }', ['.password']],
  ['one that cannot, and the name of a claim', `{ user: sub, password: ${random} }`, []],
  ['none', '{}', []],
])('a form that is replayed with %s', async (_, replay, places) => {
  const warnings = await warningsOf(aFile({ form: `success: { replay: ${replay} }` }))
  const replayPath = 'routes[0].signInForm.success.replay'
  const paths = warnings.map(({ path }) => path).filter((path) => path.startsWith(replayPath))
  expect(paths).toEqual(places.map((place) => replayPath + place))
})

test('a form counts as a use of the passwords that its provider takes', async () => {
  const warnings = await warningsOf(aFile({}))
  expect(warnings).toMatchObject([{ path: 'providers[0].password' }])
})
