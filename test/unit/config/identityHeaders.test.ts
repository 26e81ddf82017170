import { describe, expect, test } from 'vitest'
import { aConfig, load, problemsOf } from './configFile.ts'

/** A file whose line 13 has the header `X-A`, and what is wrong with it. */
function problemsWith(rule: string) {
  return problemsOf(aConfig(`identity:\n  headers:\n    X-A: ${rule}\n`))
}

const place = 'identity.headers.X-A'

describe('a header is refused, with its place in the file', () => {
  test.each([
    ['a template without a claim', '{ template: fixed }', 22, '.template'],
    ['another program’s braces', "{ template: '{{ .Claims.email }}' }", 22, '.template'],
    ['another program’s variables', "{ template: '${email}' }", 22, '.template'],
    ['a filter', "{ template: '{email | upper}' }", 22, '.template'],
    ['an empty placeholder', "{ template: 'x{}' }", 22, '.template'],
    ['a brace that is not closed', "{ template: 'x{email' }", 22, '.template'],
    ['a brace too much', "{ template: '{email}}' }", 22, '.template'],
    ['a template of two lines', '{ template: "{email}\\r\\nX-B: 1" }', 22, '.template'],
    ['neither claim nor template', '{ case: lower }', 10, ''],
    ['both of them', "{ claim: a, template: '{a}' }", 10, ''],
    ['a capture of a template', "{ template: '{a}', capture: '(.)' }", 10, ''],
    ['a pattern without a group', "{ claim: a, capture: '^a' }", 31, '.capture'],
    ['a pattern that refers back', "{ claim: a, capture: '(a)\\1' }", 31, '.capture'],
    ['no pattern', "{ claim: a, capture: '(' }", 31, '.capture'],
    ['a prefix with a line break', '{ claim: a, prefix: "a\\nb" }', 30, '.prefix'],
    ['a default with a NUL', '{ claim: a, default: "\\0" }', 31, '.default'],
    ['a separator of letters', '{ claim: a, separator: and }', 33, '.separator'],
    ['a separator that encodings use', "{ claim: a, separator: '%' }", 33, '.separator'],
    ['an unknown encoding', '{ claim: a, encoding: utf8 }', 32, '.encoding'],
    ['an unknown setting', '{ claim: a, sufix: x }', 22, '.sufix'],
    ['a number', '7', 10, ''],
  ])('%s', async (_, rule, column, setting) => {
    const found = await problemsWith(rule)
    expect(found.map(({ line, path }) => [line, path])).toEqual([[14, place + setting]])
    expect(found[0]!.column).toBe(column)
    expect(found[0]!.message).toMatch(/^(expected|unknown setting)/)
  })

  test('text with claims in braces, in place of the name of a claim, is shown where it belongs', async () => {
    const [problem] = await problemsWith("'CORP\\{preferred_username}'")
    expect(problem).toMatchObject({ line: 14, column: 10, path: place })
    expect(problem?.message).toContain(
      "expected the name of a claim, or { template: '…' } for text with claims in braces, found",
    )
  })

  test('a control character out of a backslash in double quotes is told of the quotes', async () => {
    const [problem] = await problemsWith('{ template: "CORP\\n{email}" }')
    expect(problem?.message).toContain('for a backslash, use single quotes')
  })

  test('a mistyped encoding is named', async () => {
    const [problem] = await problemsWith('{ claim: a, encoding: rfc8178 }')
    expect(problem?.message).toContain('Did you mean "rfc8187"?')
  })
})

test.each([
  "{ template: 'CORP\\{preferred_username}' }",
  "{ template: '{https://acme.example/roles}' }",
  "{ claim: groups, separator: ', ', quoted: true }",
  "{ claim: groups, separator: ' ' }",
  "{ claim: email, capture: '^([^@]+)@', case: lower, prefix: '{', suffix: '}', default: Gäste }",
])('a header may be %s', async (rule) => {
  expect(await load(aConfig(`identity:\n  headers:\n    X-A: ${rule}\n`))).toHaveProperty('config')
})

test.each(['Transfer_Encoding', 'Content_Length', 'Keep.Alive', 'TE', 'Upgrade'])(
  'a claim is not written to %s, which an application may take for what frames the message',
  async (name) => {
    const problems = await problemsOf(aConfig(`identity:\n  headers:\n    ${name}: sub\n`))
    expect(JSON.stringify(problems)).toContain('this field is not free to carry a claim.')
  },
)
