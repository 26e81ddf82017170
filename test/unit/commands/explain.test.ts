import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../../src/commands/commandLine.ts'
import { runExplain } from '../../../src/commands/explain.ts'
import { generateSigningJwk } from '../../../src/crypto/signingKey.ts'
import { createFolder } from '../../support/folder.ts'
import { createTerminal } from './terminal.ts'

const config = `publicUrl: https://app.example.com
providers:
  - { id: acme, issuer: https://acme.example, clientId: c, bearer: { audiences: [api] }, clientCredentials: { resource: api } }
  - { id: other, issuer: https://other.example, clientId: c, password: {} }
upstreams:
  app: { url: http://127.0.0.1:3000 }
  wiki:
    url: http://127.0.0.1:3001
    credentials: { type: basic, userClaim: login, password: the-one-password }
routes:
  - match: { path: /** }
    upstream: app
  - match: { path: /public/** }
    access: public
    upstream: app
    maxBodySize: 10B
  - match: { path: /machines/** }
    authenticate: [bearer]
    require: { principal: client }
    upstream: app
  - match: { path: /acme/** }
    providers: [acme]
    upstream: app
  - match: { path: /put/**, methods: [PUT] }
    upstream: app
  - match: { path: /put/**, host: api.example.com }
    upstream: app
  - match: { path: /read-only/** }
    access: public
    upstream: app
    cors: { origins: [https://spa.example] }
  - match: { path: /login }
    upstream: app
    access: optional
    signInForm: { user: login, password: passwd }
  - match: { path: /entrance }
    upstream: app
    signInForm: { user: login, password: passwd, page: sign-in }
  - match: { path: /logout }
    upstream: app
    access: optional
    logout: true
  - match: { path: /typed/** }
    authenticate: [password]
    upstream: app
  - match: { path: /wiki/** }
    upstream: wiki
  - match: { path: /legacy/** }
    upstream: app
    identity:
      preset: webseal
      encoding: utf-8
      headers: { X-Account: { template: 'CORP\\{login}', case: upper } }
  - match: { path: /both/** }
    authenticate: [session, bearer]
    providers: [acme]
    upstream: app
  - match: { path: /basic/** }
    authenticate: [bearer, client-credentials]
    providers: [acme]
    upstream: app
`

interface Explained {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** What the command says to these words. */
async function explain(words: readonly string[], claims?: unknown): Promise<Explained> {
  await using folder = await createFolder()
  const configFile = await folder.write('postern.yaml', config)
  const claimsFile = await folder.write('claims.json', JSON.stringify(claims ?? {}))
  const withClaims = claims === undefined ? [] : ['--claims', claimsFile]
  const asked = parseCommandLine(['explain', ...words, ...withClaims, '-c', configFile])
  if (!('command' in asked) || asked.command !== 'explain') throw new Error(JSON.stringify(asked))
  const terminal = createTerminal()
  const status = await runExplain(asked, terminal)
  return { status, ...terminal.written }
}

const app = 'https://app.example.com'

describe('whoever brings no credentials', () => {
  test('is sent to sign in with a browser, to the issuers that the route accepts', async () => {
    const both = await explain(['GET', `${app}/x`])
    expect(both.status).toBe(1)
    expect(both.stdout).toContain(`
nobody    401 login_required: no live session
          WWW-Authenticate: Bearer realm="https://app.example.com"
browser   302 to https://acme.example (acme)
              or https://other.example (other)
`)
    const one = await explain(['GET', `${app}/acme/x`, '-H', 'Accept: text/html'])
    expect(one.stdout).toContain('\nnobody    302 to https://acme.example (acme)\n')
    expect(one.stdout).not.toContain('other.example')
  })

  test('is sent to the form for user name and password where the route takes passwords', async () => {
    const { stdout } = await explain(['GET', `${app}/typed/x`])
    expect(stdout).toContain(
      '\nbrowser   302 to our form /.postern/sign-in, for https://other.example (other)\n',
    )
    expect(stdout).not.toContain('acme.example')
  })

  test('passes on a public route, and the exit status says so', async () => {
    const { status, stdout } = await explain(['GET', `${app}/public/x`])
    expect(status).toBe(0)
    expect(stdout).toContain('\naccess    public: nobody is asked who they are\n')
    expect(stdout).toContain('\nupstream  GET http://127.0.0.1:3000/public/x\n')
  })

  test.each([
    [['DELETE', `${app}/public/x`], [], 0, 'passes'],
    [['TRACE', `${app}/public/x`], [], 1, '501 method_not_supported'],
    [['GET', `${app}/public/%2f`], [], 1, '400 target_ambiguous'],
    [['GET', 'https://a@b/x'], [], 1, '400 request_malformed'],
    [['POST', `${app}/public/x`], ['Content-Length: 11'], 1, '413 content_too_large'],
    [['GET', `${app}/.postern/logout`], [], 0, 'answered by the gateway itself'],
  ])('%j %j: %i', async (words, headers, status, said) => {
    const found = await explain([...words, ...headers.flatMap((header) => ['-H', header])])
    expect(found.status).toBe(status)
    expect(found.stdout).toContain(`\nnobody    ${said}`)
  })
})

test.each([
  ['POST', '/login', 'read here as the sign-in form'],
  ['GET', '/login', 'passes, to the upstream app'],
  ['GET', '/entrance', 'sent to sign in, then to success.redirect'],
  ['PUT', '/entrance', '401 login_required'],
  ['GET', '/logout', 'passes, to the upstream app'],
])('%s of %s, of a page that the application has for sign-ins: %s', async (method, path, said) => {
  const { stdout } = await explain([method, app + path])
  expect(stdout).toContain(`\nnobody    ${said}`)
})

test('who is signed in and asks for the logout of the application is signed out here first', async () => {
  const claims = { iss: 'https://other.example', sub: 'bob' }
  const { stdout } = await explain(['GET', `${app}/logout`], claims)
  expect(stdout).toContain('\n          signed out here first, then passed on as nobody\n')
})

describe('routes', () => {
  test('are listed in the order in which they are tried', async () => {
    const { stdout } = await explain(['GET', 'https://api.example.com/put/x'])
    expect(stdout).toContain(`
routes    1. api.example.com/put/**  routes[5]  taken: most specific
          2. PUT /put/**             routes[4]  behind by its host, and does not take the method
          3. /**                     routes[0]  behind by its path
`)
    const other = await explain(['GET', `${app}/put/x`])
    expect(other.stdout).toContain('2. /**          routes[0]  taken: most specific that takes')
  })

  test('show the spelling that they are matched against', async () => {
    const { stdout } = await explain(['GET', `${app}/%70ublic/x`])
    expect(stdout).toContain('\ntarget    /%70ublic/x\n          judged as /public/x\n')
  })
})

describe('a caller', () => {
  test('is who the claims say, at the issuer that they name', async () => {
    const claims = { iss: 'https://other.example', sub: 'bob' }
    const { status, stdout } = await explain(['GET', `${app}/x`], claims)
    expect(status).toBe(0)
    expect(stdout).toContain('\ncaller    person bob of other\n')
    expect(stdout).toContain('\n          X-Forwarded-User: bob\n')
    const elsewhere = await explain(['GET', `${app}/acme/x`], claims)
    expect(elsewhere.status).toBe(1)
    expect(elsewhere.stdout).toContain('\nrules     ✗ providers  any of acme\n')
  })

  test('is told of in headers as they are made of the claims, legible in a terminal', async () => {
    const claims = { sub: 'bob', login: 'bob', groups: ['Büro', 'staff'] }
    const { stdout } = await explain(['GET', `${app}/legacy/x`], claims)
    expect(stdout).toContain('\n          iv-groups: "Büro","staff"\n')
    expect(stdout).toContain('\n          X-Account: CORP\\BOB\n')
  })

  test('is named to an application that wants Basic, or refused, and no password is printed', async () => {
    const url = `${app}/wiki/x`
    const { status, stdout } = await explain(['GET', url], { sub: 'bob', login: 'bób' })
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining('\n          Authorization: Basic (bób and the password)\n'),
    ])
    expect(stdout).not.toContain(Buffer.from('bób:the-one-password').toString('base64'))
    for (const login of ['b:ob', 'bob\n', '', ['bob']]) {
      const refused = await explain(['GET', url], { sub: 'bob', login })
      expect(refused.status).toBe(1)
      expect(refused.stdout).toContain('\n          403 upstream_user_unknown: wiki: login')
    }
  })

  test('is a client where the claims are those of one, or where that is said', async () => {
    const url = `${app}/machines/x`
    const client = await explain(['GET', url], { client_id: 'robot' })
    expect([client.status, client.stdout]).toEqual([0, expect.stringContaining('client robot of')])
    expect((await explain(['GET', url, '--as', 'client'])).status).toBe(0)
    const person = await explain(['GET', url, '--as', 'person'])
    expect(person.status).toBe(1)
    expect(person.stdout).toContain('403 access_denied: require.principal: a person calls')
  })

  test('that is a client has no session: without a way in, it is nobody', async () => {
    const { status, stdout } = await explain(['GET', `${app}/x`, '--as', 'client'])
    expect(status).toBe(1)
    expect(stdout).toContain('caller    client somebody of acme\n          401 login_required')
  })

  test('never gets a name that the request brings along', async () => {
    const header = ['-H', 'X-Forwarded-User: mallory', '-H', 'X_Forwarded.User: mallory']
    const { stdout } = await explain(['GET', `${app}/x`, ...header], { sub: 'bob' })
    expect(stdout).toContain('X-Forwarded-User: bob')
    expect(stdout).not.toContain('mallory')
  })
})

describe('claims that the gateway would refuse', () => {
  const iss = 'https://acme.example'

  test.each<[string, string, Record<string, unknown>, string]>([
    ['aud', '/machines/x', { client_id: 'a', aud: 'elsewhere' }, 'aud: "elsewhere" is not'],
    ['exp', '/machines/x', { client_id: 'a', exp: 1 }, 'exp: 1 is not accepted'],
    ['nbf', '/machines/x', { client_id: 'a', nbf: 99999999999 }, 'nbf: 99999999999 is not'],
    [
      'iss',
      '/machines/x',
      { client_id: 'a', iss: 'https://x.example' },
      'iss: "https://x.example"',
    ],
    ['iss of a person', '/x', { sub: 'a', iss: 'https://x.example' }, 'iss: "https://x.example"'],
    ['aud of a person', '/both/x', { iss, sub: 'a', aud: 'elsewhere' }, 'aud: "elsewhere" is not'],
  ])('are refused there, and explain says which: %s', async (_, path, claims, detail) => {
    const { status, stdout } = await explain(['GET', app + path], claims)
    expect(status).toBe(1)
    expect(stdout).toContain(detail)
    expect(stdout).not.toContain('\nupstream')
  })

  test.each<[string, string, Record<string, unknown>]>([
    ['an access token', '/machines/x', { iss, client_id: 'a', aud: ['api'], exp: 99999999999 }],
    ['an ID Token of long ago, with a session', '/both/x', { iss, sub: 'a', aud: 'c', exp: 1 }],
    ['an ID Token where only sessions count', '/x', { iss, sub: 'a', aud: 'elsewhere', exp: 1 }],
  ])('are not those of %s', async (_, path, claims) => {
    expect((await explain(['GET', app + path], claims)).status).toBe(0)
  })
})

test('every challenge is shown', async () => {
  const { stdout } = await explain(['GET', `${app}/basic/x`])
  expect(stdout).toContain(`WWW-Authenticate: Bearer realm="${app}"`)
  expect(stdout).toContain(`WWW-Authenticate: Basic realm="${app}"`)
})

test('a gRPC call is shown with the status that its client reads', async () => {
  const grpc = ['-H', 'Content-Type: application/grpc']
  const { stdout } = await explain(['POST', `${app}/machines/x`, ...grpc])
  expect(stdout).toContain('200 token_required: no access token\n          grpc-status: 16\n')
})

test('a preflight of an origin that is not listed is told apart from missing credentials', async () => {
  const asking = ['-H', 'Origin: https://x.example', '-H', 'Access-Control-Request-Method: GET']
  const { status, stdout } = await explain(['OPTIONS', `${app}/read-only/x`, ...asking])
  expect(status).toBe(1)
  expect(stdout).toContain(
    '403 origin_not_allowed: a preflight whose origin is not in cors.origins',
  )
})

test('what a script of another origin may read is said', async () => {
  const origin = ['-H', 'Origin: https://spa.example']
  const { stdout } = await explain(['GET', `${app}/read-only/x`, ...origin])
  expect(stdout).toContain('\ncors      Access-Control-Allow-Origin: https://spa.example\n')
})

test('--json prints the same as data', async () => {
  const { status, stdout } = await explain(['GET', `${app}/machines/x`, '--json'], { sub: 'a' })
  expect(status).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    target: { path: '/machines/x' },
    candidates: [
      { index: 2, isTaken: true },
      { index: 0, isTaken: false, behindBy: 'path' },
    ],
    nobody: { outcome: 'refused', status: 401, code: 'token_required' },
    rules: [{ path: 'require.principal', wanted: 'client', outcome: 'fails' }],
    principal: { subject: 'a', outcome: { outcome: 'refused', status: 403 } },
  })
})

describe('what cannot be understood is exit status 2', () => {
  test.each<[string[], unknown, string]>([
    [
      ['GET', 'app.example.com/x'],
      undefined,
      '"app.example.com/x" is no whole URL, such as https://app.example.com/orders.',
    ],
    [['GET', `${app}/x`, '-H', 'nonsense'], undefined, '"nonsense" is no header;'],
    [['GET', `${app}/x`, '-H', 'Authorization: Bearer x'], undefined, 'No token is judged here;'],
    [
      ['GET', `${app}/x`, '--provider', 'gone'],
      undefined,
      'No provider has the id "gone"; there are: acme, other.',
    ],
    [
      ['GET', `${app}/x`],
      ['a list'],
      'claims.json holds no JSON object, such as { "sub": "ada" }.',
    ],
    [['GET', `${app}/x`], { sub: 7 }, 'does not hold the claims of a token: sub:'],
    [['GET', `${app}/x`, '--claims', '/nowhere.json'], undefined, '/nowhere.json does not exist.'],
  ])('%j %j', async (words, claims, sentence) => {
    const { status, stdout, stderr } = await explain(words, claims)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(sentence)
    expect(stderr).toMatch(/ See postern explain --help\.\n$/)
  })

  test('a configuration with a problem, too', async () => {
    await using folder = await createFolder()
    const configFile = await folder.write('postern.yaml', 'publicUrl: nonsense\n')
    const terminal = createTerminal()
    const asked = parseCommandLine(['explain', 'GET', `${app}/`, '-c', configFile])
    if (!('command' in asked) || asked.command !== 'explain') throw new Error('not understood')
    expect(await runExplain(asked, terminal)).toBe(2)
    expect(terminal.written.stderr).toContain('publicUrl: expected an http(s) URL')
  })

  test.each([
    ['explain', 'postern explain needs a method and a URL.'],
    ['explain GET', 'postern explain needs a method and a URL.'],
    ['explain GET https://a/ b', 'postern explain takes no "b".'],
    ['explain GET https://a/ --as robot', '--as takes person or client, not "robot".'],
    ['explain GET https://a/ --config=', '--config needs the name of a file.'],
    ['check --claims a.json', 'postern check takes no --claims.'],
    ['--json', 'postern serve takes no --json.'],
  ])('postern %s', (line, usageError) => {
    expect(parseCommandLine(line.split(' '))).toEqual({ usageError })
  })
})

test('an assertion is shown with all that would be in it, and is not signed', async () => {
  await using folder = await createFolder()
  await folder.write('key.jwk', generateSigningJwk())
  const signing =
    'assertion: { keys: [{ file: key.jwk }] }\nidentity: { assertion: { claims: [email] } }'
  const configFile = await folder.write('postern.yaml', `${config}${signing}\n`)
  const claimsFile = await folder.write('claims.json', '{"sub":"ada","email":"ada@example.com"}')
  const words = ['explain', 'GET', `${app}/x`, '--claims', claimsFile, '-c', configFile]
  const asked = parseCommandLine(words)
  if (!('command' in asked) || asked.command !== 'explain') throw new Error(JSON.stringify(asked))
  const terminal = createTerminal()
  expect(await runExplain(asked, terminal)).toBe(0)
  const [, type, json = ''] =
    /X-Postern-Assertion: \(signed as (\S+)\) (.*)/.exec(terminal.written.stdout) ?? []
  expect(type).toBe('postern-assertion+jwt')
  expect(JSON.parse(json)).toMatchObject({
    iss: app,
    aud: 'app',
    sub: 'ada',
    idp: 'https://acme.example',
    email: 'ada@example.com',
  })
})
