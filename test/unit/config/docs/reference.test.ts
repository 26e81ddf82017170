import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { toConfigJsonSchema } from '../../../../src/config/schema/jsonSchema.ts'
import {
  listSettings,
  topOf,
  writeConfigurationReference,
} from '../../../../src/config/docs/reference.ts'
import { sections } from '../../../../src/config/docs/referenceText.ts'
import { configSchema } from '../../../../src/config/schema.ts'
import { references } from '../../../../scripts/references.ts'
import { writeErrorsReference } from '../../../../scripts/errorsReference.ts'
import { writeIdentityReference } from '../../../../scripts/identityReference.ts'
import { headerRuleSchema } from '../../../../src/config/schema/identityHeader.ts'
import { presets } from '../../../../src/identity/presets.ts'
import { catalogue } from '../../../../src/errors/catalogue.ts'

test('every setting has a description', () => {
  const bare = listSettings().filter(({ description }) => description === '')
  expect(bare.map(({ path }) => path)).toEqual([])
})

test('every setting says what kind of value it takes', () => {
  const vague = listSettings().filter(({ kind }) => /^$|undefined/.test(kind))
  expect(vague.map(({ path }) => path)).toEqual([])
})

test('a default that depends on other settings stands in the column of defaults, in words', () => {
  const shown = (wanted: string) => listSettings().find(({ path }) => path === wanted)
  expect(shown('providers[].clientAuthentication')).toMatchObject({
    defaultValue: '`client_secret_basic` with a secret, `none` without',
    description: 'How the token endpoint is told who calls.',
  })
  expect(shown('sessions.store')?.defaultValue).toBe('`cookie`')
  expect(shown('sessions.redis.password')?.defaultValue).toBe('')
})

test('every duration and every size says how short and how long it may be', () => {
  const kinds = listSettings().filter(({ kind }) => /^(duration|size)/.test(kind))
  expect(kinds.length).toBeGreaterThan(10)
  for (const { path, kind } of kinds) {
    expect(kind, path).toMatch(/^(duration|size), \d+[a-zA-Z]+ to \d+[a-zA-Z]+$/)
  }
})

test('every header of every preset is on the page, beside the name of the preset', () => {
  const page = writeConfigurationReference()
  for (const [preset, headers] of Object.entries(presets)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${preset}\` |`))
    expect(row?.match(/(?<=`)(?:[A-Z]|iv-)[\w-]+(?=`)/g) ?? []).toEqual(
      headers.map(({ name }) => name),
    )
  }
})

test('the reference lists every setting, however deep, once', () => {
  const paths = listSettings().map(({ path }) => path)
  expect(paths).toContain('sessions.redis.tls.ca')
  expect(paths).toContain('routes[].match.path')
  expect(paths).toContain('upstreams.NAME.url')
  const page = writeConfigurationReference()
  for (const path of paths) expect(page.split(`| \`${path}\` |`)).toHaveLength(2)
})

test('every section of the reference exists in the schema, and every setting has one', () => {
  const described = sections.flatMap(({ settings }) => settings)
  const existing = new Set(listSettings().map(({ path }) => topOf(path)))
  expect(described.toSorted()).toEqual([...existing].toSorted())
})

test.each(sections.map(({ title, example }) => [title, example]))(
  'the example under "%s" is accepted by the schema',
  (_, example) => {
    const least = {
      publicUrl: 'https://app.example.com',
      providers: [{ id: 'a', issuer: 'https://a.example', clientId: 'x' }],
      upstreams: { billing: { url: 'http://127.0.0.1:3000' } },
      routes: [{ match: { path: '/**' }, upstream: 'billing' }],
    }
    const result = configSchema.safeParse({ ...least, ...parse(example) })
    expect(result.error?.issues).toBeUndefined()
  },
)

test('the pages in docs are what the code says now', async () => {
  for (const { file, write } of references) expect(await readFile(file, 'utf8'), file).toBe(write())
})

test('the page on identity has a row for every header of every preset, with a value that is sent', () => {
  const page = writeIdentityReference()
  for (const { name } of Object.values(presets).flat()) {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| .+ \\| \`.+\` \\|$`, 'm'))
  }
  for (const setting of Object.keys(headerRuleSchema.shape)) {
    expect(page).toContain(`| \`${setting}\` |`)
  }
})

test('the errors page has a row for every code', () => {
  const page = writeErrorsReference()
  for (const code of Object.keys(catalogue)) expect(page).toContain(`| \`${code}\` |`)
})

test('the JSON Schema knows what is required and refuses what is unknown', () => {
  const schema = toConfigJsonSchema()
  expect(schema).toMatchObject({
    title: 'Postern configuration',
    additionalProperties: false,
    required: ['publicUrl', 'providers', 'upstreams', 'routes'],
  })
})
