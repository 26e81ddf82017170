import { describe, expect, test } from 'vitest'
import { aConfig, load, problemsOf } from '../configFile.ts'

const withResponses = (responses: string) =>
  aConfig().replace(
    'url: http://127.0.0.1:3000 }',
    `url: http://127.0.0.1:3000, responses: ${responses} }`,
  )

describe('answers are not changed so that', () => {
  test.each([
    [
      'they end elsewhere',
      '{ headers: { set: { Content-Length: "5" } } }',
      'headers.set.Content-Length',
    ],
    [
      'they are framed otherwise',
      '{ headers: { set: { transfer-encoding: x } } }',
      'headers.set.transfer-encoding',
    ],
    [
      'the connection closes',
      '{ headers: { set: { Connection: close } } }',
      'headers.set.Connection',
    ],
    ['a cookie is set', '{ headers: { set: { Set-Cookie: a=b } } }', 'headers.set.Set-Cookie'],
    [
      'cors is answered twice',
      '{ headers: { set: { Access-Control-Allow-Origin: "*" } } }',
      'headers.set.Access-Control-Allow-Origin',
    ],
    ['loops are not noticed', '{ headers: { remove: [Via] } }', 'headers.remove[0]'],
    [
      'a length is missing',
      '{ headers: { remove: [Server, Content-Length] } }',
      'headers.remove[1]',
    ],
    ['a coding is missing', '{ headers: { remove: [Content-Encoding] } }', 'headers.remove[0]'],
    ['a field is set twice', '{ headers: { set: { X-A: a, x-a: b } } }', 'headers.set.x-a'],
    [
      'a field is set and removed',
      '{ headers: { set: { Server: a }, remove: [server] } }',
      'headers.remove[0]',
    ],
    ['a value breaks the head', '{ headers: { set: { X-A: "a\\r\\nb" } } }', 'headers.set.X-A'],
    ['a value is no ASCII', '{ headers: { set: { X-A: é } } }', 'headers.set.X-A'],
    ['a name is none', '{ headers: { set: { "X A": a } } }', 'headers.set["X A"]'],
    ['a URL has a query', '{ locations: [{ from: "http://a?b" }] }', 'locations[0].from'],
    ['a URL has a password', '{ locations: [{ from: "http://a:b@c" }] }', 'locations[0].from'],
    ['a URL is a path', '{ locations: [{ from: "http://a", to: /b }] }', 'locations[0].to'],
    [
      'a URL is mapped twice',
      '{ locations: [{ from: "http://a" }, { from: "http://A:80/" }] }',
      'locations[1].from',
    ],
    [
      'a domain has a port',
      '{ cookies: { domains: [{ from: "a:80" }] } }',
      'cookies.domains[0].from',
    ],
    ['a path is relative', '{ cookies: { paths: [{ from: a, to: / }] } }', 'cookies.paths[0].from'],
    [
      'a path ends the attribute',
      '{ cookies: { paths: [{ from: /a, to: "/;x" }] } }',
      'cookies.paths[0].to',
    ],
    ['browsers drop every cookie', '{ cookies: { sameSite: none } }', 'cookies.sameSite'],
  ])('%s', async (_, responses, path) => {
    const problems = await problemsOf(withResponses(responses))
    expect(problems.map((problem) => problem.path)).toEqual([`upstreams.billing.responses.${path}`])
    expect(problems[0]!.line).toBe(8)
  })

  test('on routes neither', async () => {
    const problems = await problemsOf(
      aConfig('    responses: { headers: { remove: [Upgrade] } }\n'),
    )
    expect(problems.map(({ path }) => path)).toEqual(['routes[0].responses.headers.remove[0]'])
  })
})

test('everything that makes sense is taken', async () => {
  const responses = `{ locations: [{ from: "http://app.internal:3000/shop" }, { from: "http://old", to: "https://app.example.com/old/" }],
    cookies: { domains: [{ from: .app.internal }], paths: [{ from: /shop, to: / }], secure: true, sameSite: none },
    headers: { set: { Strict-Transport-Security: max-age=31536000; includeSubDomains }, remove: [Server, X-Powered-By] } }`
  expect(await load(withResponses(responses))).toHaveProperty('config')
})
