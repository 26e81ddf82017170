import { describe, expect, test } from 'vitest'
import { aConfig, printed, problemsOf } from '../configFile.ts'

/** The one problem of the usual file with a change: place and words. */
async function faultOf(from: string, to: string): Promise<string> {
  const [problem, ...others] = await problemsOf(aConfig().replace(from, to))
  expect(others).toEqual([])
  return `${problem?.line}:${problem?.column} ${problem?.message}`
}

describe('a line that is indented unlike its neighbours is named itself', () => {
  test.each([
    ['by one space less', '    issuer', '   issuer', '4:4 expected 2 or 4 spaces … 3.'],
    ['by one space more', '    clientId', '     clientId', '5:6 expected 4 spaces … 5.'],
    ['by two spaces more', '    issuer', '      issuer', '4:7 expected 4 spaces … 6.'],
    ['at the top', 'upstreams:', ' upstreams:', '7:2 expected 0 or 2 spaces … 1.'],
    ['below a list entry', '  - match', ' - match', '11:5 expected 3 spaces … 4.'],
  ])('%s', async (_, from, to, fault) => {
    const found = await faultOf(from, to)
    expect(found.replace('in front, as in the lines above, found', '…')).toBe(fault)
  })
})

describe('a backslash that double quotes take for an escape is named, with the quotes that do not', () => {
  test.each([
    ['in front of a brace', 'CORP\\{preferred_username}', '4:18'],
    ['in front of a letter', 'CORP\\users', '4:18'],
  ])('%s', async (_, text, place) => {
    const found = await faultOf('https://acme.example/oidc', `"${text}"`)
    expect(found).toContain(
      "a backslash in double quotes starts an escape. Write the text in single quotes: 'a\\b'",
    )
    expect(found.slice(0, 4)).toBe(place)
  })
})

describe('what is not closed is shown where it opens', () => {
  test.each([
    ['a double quote', 'issuer: ', 'issuer: "', '4:13 the " that opens here is not closed.'],
    ['a single quote', 'issuer: ', "issuer: '", "4:13 the ' that opens here is not closed."],
    ['a quote inside braces', ' /**', ' "/**', '10:20 the " that opens here is not closed.'],
    ['a brace', '/** }', '/**', '10:12 the { that opens here is not closed.'],
    [
      'a bracket',
      'clientId: postern',
      'scopes: [openid\n    clientId: postern',
      '5:13 the [ that opens here is not closed.',
    ],
  ])('%s', async (_, from, to, fault) => {
    expect(await faultOf(from, to)).toBe(fault)
  })

  test('also where a later text is quoted', async () => {
    const text = aConfig().replace('issuer: ', 'issuer: "').replace('/** }', '"/**" }')
    expect(await problemsOf(text)).toEqual([
      { line: 4, column: 13, path: '', message: 'the " that opens here is not closed.' },
    ])
  })
})

test('text behind a closing quote is shown where it begins', async () => {
  const fault = await faultOf('https://acme.example/oidc', "'https://acme.example'/oidc")
  expect(fault).toMatch(/^4:35 text behind a closing quote\. /)
})

test('a missing colon is called one', async () => {
  expect(await faultOf('clientId: ', 'clientId:')).toMatch(/^5:5 a colon with a space behind it/)
})

test('a merge key is told to have no meaning', async () => {
  const text = aConfig().replace('billing: {', 'billing: { <<: { preserveHost: true },')
  expect(await printed(text)).toMatch(/^postern\.yaml:8:14 {2}<<: merge keys have no meaning here;/)
})
