import { expect, test } from 'vitest'
import { createFolder } from '../../support/folder.ts'
import { load, problemsOf, warningsOf } from './configFile.ts'
import { loadConfig } from '../../../src/config/load.ts'

function aFile({ provider = 'password: {}', route = 'authenticate: [password]', extra = '' } = {}) {
  return `publicUrl: https://app.example.com
providers:
  - id: acme
    issuer: https://acme.example/oidc
    clientId: postern
    clientSecret: a-client-secret
    ${provider}
sessions: { keys: [a-key-of-32-bytes-that-nobody-else-has-used], store: memory }
upstreams:
  billing: { url: http://127.0.0.1:3000 }
routes:
  - match: { path: /** }
    ${route}
    upstream: billing
${extra}`
}

test('passwords are off unless a provider has them', async () => {
  const [problem, ...others] = await problemsOf(aFile({ provider: 'displayName: Acme' }))
  expect(others).toEqual([])
  expect(problem).toMatchObject({ line: 13, path: 'routes[0].authenticate' })
})

test('whoever turns them on is told what RFC 9700 says', async () => {
  const warnings = await warningsOf(aFile())
  expect(warnings).toMatchObject([{ line: 7, path: 'providers[0].password' }])
  expect(warnings[0]!.message).toContain('RFC 9700 §2.4')
})

test('a provider whose passwords no route takes is pointed out', async () => {
  const warnings = await warningsOf(aFile({ route: 'authenticate: [session]' }))
  expect(warnings.map(({ message }) => message)).toContain(
    'no route has it under authenticate, and none has a signInForm.',
  )
})

test.each([
  ['password: { parameters: { grant_type: x } }', 'providers[0].password.parameters.grant_type'],
  ['password: { parameters: { username: x } }', 'providers[0].password.parameters.username'],
  ['password: { audience: x }', 'providers[0].password.audience'],
])('%s is a problem', async (provider, path) => {
  expect((await problemsOf(aFile({ provider }))).map((problem) => problem.path)).toContain(path)
})

test('Redis may be there for the counters alone', async () => {
  const sessions = `sessions: { redis: { url: redis://localhost }`
  const text = aFile().replace('sessions: {', `${sessions},`)
  expect(await load(text)).toHaveProperty('config')
  expect((await warningsOf(text)).map(({ path }) => path)).not.toContain('sessions.redis')
})

test.each([
  ['logo', 'not an image', 'expected an SVG, PNG, JPEG, WebP or GIF image.'],
  ['logo', `<svg>${' '.repeat(70_000)}`, 'expected 64 KiB at the most.'],
  ['messages', 'en: { titel: x }', 'en: has no titel.'],
  ['messages', 'en: [', 'expected YAML or JSON.'],
  ['template', '<form>', '{{action}} is missing.'],
])('a %s that cannot be used is a problem of the configuration', async (setting, text, problem) => {
  await using folder = await createFolder()
  await folder.write('page-file', text)
  const extra = `pages: { ${setting}: page-file }\n`
  const file = await folder.write('postern.yaml', aFile({ extra }))
  const loaded = await loadConfig(file, {}, () => [])
  const problems = 'problems' in loaded ? loaded.problems : []
  expect(problems.map(({ path }) => path)).toContain(`pages.${setting}`)
  expect(problems.map(({ message }) => message).join('\n')).toContain(problem)
})

test('a file that is not there is a problem, too', async () => {
  const problems = await problemsOf(aFile({ extra: 'pages: { logo: none.svg }\n' }))
  expect(problems).toMatchObject([{ line: 15, path: 'pages.logo' }])
})
