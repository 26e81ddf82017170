import { describe, expect, test } from 'vitest'
import { aConfig, printed, warningsOf } from './configFile.ts'

/** What `postern check` prints about the route of the usual file, with further settings in lines 12 and on. */
function problemsWith(settings: string): Promise<string> {
  return printed(aConfig(settings))
}

test.each([
  ['bearer: { audiences: [x] }', 'bearer', true],
  ['clientCredentials: {}', 'client-credentials', true],
  ['clientId: other', 'session', true],
  ['scopeWildcards: true\n    clientId: other', 'session', false],
  ['bearer: { audiences: [x] }', 'session', false],
])(
  'a * that %s takes literally is warned of where callers come by it with %s: %s',
  async (settings, way, warns) => {
    const text = aConfig(`    authenticate: [${way}]\n    require: { scopes: ["book:*:read"] }\n`)
      .replace(
        '    clientSecret',
        '    scopeWildcards: true\n    bearer: { audiences: [x] }\n    clientSecret',
      )
      .replace(
        'upstreams:',
        `  - id: other\n    issuer: https://other.example\n    ${settings}\nupstreams:`,
      )
    const found = (await warningsOf(text)).filter(({ path }) => path === 'routes[0].require.scopes')
    expect(found.map(({ message }) => message.endsWith('not set for other.'))).toEqual(
      warns ? [true] : [],
    )
  },
)

test.each([
  ['bearer', '[bearer]'],
  ['session, bearer', '[session, bearer]'],
])('a list without brackets is shown with them: %s', async (written, meant) => {
  expect(await problemsWith(`    authenticate: ${written}\n`)).toContain(`Did you mean ${meant}?`)
})

describe('a rule', () => {
  test.each([
    ['    require: {}', '12:14', 'routes[0].require: expected at least one condition'],
    ['    require: { anyOf: [] }', '12:23', 'routes[0].require.anyOf: expected at least 1 entry'],
    ['    require: { not: {} }', '12:21', 'routes[0].require.not: expected at least one condition'],
    [
      '    require: { allOf: [{ not: { anyOf: [{}] } }] }',
      '12:41',
      'routes[0].require.allOf[0].not.anyOf[0]: expected at least one condition',
    ],
    [
      '    require: { anyOf: [{ grups: [a] }] }',
      '12:26',
      'routes[0].require.anyOf[0].grups: unknown setting. Did you mean "groups"?',
    ],
    [
      '    require: { not: { allOf: [{ scopes: ["a b"] }] } }',
      '12:42',
      'routes[0].require.not.allOf[0].scopes[0]: expected one scope, without spaces and quotes',
    ],
    [
      '    require: { principal: user }',
      '12:27',
      'routes[0].require.principal: expected "person" or "client", found "user"',
    ],
    [
      '    require: { principal: client }',
      '12:27',
      'routes[0].require.principal: a session is never the one of a client.',
    ],
  ])('%s is a problem at %s', async (setting, place, message) => {
    const lines = await problemsWith(`${setting}\n`)
    expect(lines).toContain(`postern.yaml:${place}  ${message}`)
  })

  test('may be eight deep, and no deeper', async () => {
    const nested = (depth: number): string =>
      `    require: ${'{ not: '.repeat(depth)}{ groups: [a] }${' }'.repeat(depth)}\n`
    expect(await problemsWith(nested(8))).not.toContain('deep')
    expect(await problemsWith(nested(9))).toContain('rules in rules at most 8 deep')
  })

  test('whose scope looks like a pattern is a warning, where no issuer has such', async () => {
    const require = '    require: { anyOf: [{ scopes: ["book:*:read"] }, { scopes: ["book*"] }] }\n'
    const paths = (await warningsOf(aConfig(require))).map(({ path }) => path)
    expect(paths.filter((path) => path.startsWith('routes'))).toEqual([
      'routes[0].require.anyOf[0].scopes',
    ])
    const withWildcards = aConfig(require).replace(
      '    clientSecret',
      '    scopeWildcards: true\n    clientSecret',
    )
    const remaining = (await warningsOf(withWildcards)).map(({ path }) => path)
    expect(remaining.filter((path) => path.startsWith('routes'))).toEqual([])
  })
})

describe('cors', () => {
  const origins = 'origins: [https://spa.example]'
  test.each([
    ['{ origins: [] }', 'routes[0].cors.origins: expected at least 1 entry'],
    ['{ origins: [https://spa.example/app] }', 'routes[0].cors.origins[0]: expected an origin'],
    [
      '{ origins: ["https://*.example.com"] }',
      'routes[0].cors.origins[0]: expected an origin such as https://spa.example.com, without wildcards,',
    ],
    ['{ origins: ["*.example"] }', 'routes[0].cors.origins[0]: expected an origin'],
    ['{ origins: ["*"], credentials: true }', 'routes[0].cors.credentials: expected false with'],
    ['{ origins: ["*", https://a.example] }', 'routes[0].cors.origins: * is every origin.'],
    [`{ ${origins}, methods: [get] }`, 'routes[0].cors.methods[0]: expected a method in capitals'],
    [`{ ${origins}, headers: ["a b"] }`, 'routes[0].cors.headers[0]: expected a header field name'],
    [`{ ${origins} }\n    preflight: upstream`, 'routes[0].preflight: with cors, preflights are'],
  ])('%s is a problem', async (cors, message) => {
    expect(await problemsWith(`    cors: ${cors}\n`)).toContain(message)
  })

  test('for a method that the route does not take is a problem', async () => {
    const text = aConfig(`    cors: { ${origins}, methods: [GET, PUT] }\n`).replace(
      'path: /** }',
      'path: /**, methods: [GET] }',
    )
    expect(await printed(text)).toContain('routes[0].cors.methods: the route takes no PUT;')
  })
})
