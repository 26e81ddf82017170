import { describe, expect, test } from 'vitest'
import { aConfig, aKey, printed, problemsOf, warningsOf } from '../configFile.ts'

const aRoute = (quotas: string, more = ''): string => aConfig(`    quotas: ${quotas}\n${more}`)

describe('nothing starts with', () => {
  test.each([
    ['a quota that has no such name', '[partners]', '', 'routes[0].quotas[0]'],
    ['no period', '[{ by: client, limit: 1 }]', '', 'routes[0].quotas[0].per'],
    ['half a second', '[{ by: client, limit: 1, per: 500ms }]', '', 'routes[0].quotas[0].per'],
    ['a limit of none', '[{ by: client, limit: 0, per: day }]', '', 'routes[0].quotas[0].limit'],
    ['a list of none', '[]', '', 'routes[0].quotas'],
    [
      'two for the same callers and period',
      '[{ by: client, limit: 1, per: 1m }, { by: client, limit: 2, per: minute }]',
      '',
      'routes[0].quotas[1]',
    ],
    [
      'one name twice',
      '[a, a]',
      'quotas: { a: { by: route, limit: 1, per: day } }\n',
      'routes[0].quotas[1]',
    ],
    [
      'clients where nobody is known',
      '[{ by: client, limit: 1, per: day }]',
      '    access: public\n',
      'routes[0].quotas[0]',
    ],
    [
      'shared subjects where nobody is known',
      '[a]',
      '    access: public\nquotas: { a: { by: subject, limit: 1, per: day } }\n',
      'routes[0].quotas[0]',
    ],
  ])('%s', async (_, quotas, more, path) => {
    const problems = await problemsOf(aRoute(quotas, more))
    expect(problems.map((problem) => problem.path)).toEqual([path])
  })
})

test('a slip inside of a quota is shown where it is', async () => {
  expect(await printed(aRoute('[{ by: clients, limit: 1, per: day }]'))).toContain(
    'Did you mean "client"?',
  )
  expect(await printed(aRoute('[{ by: client, limt: 1, per: day }]'))).toContain(
    'Did you mean "limit"?',
  )
  expect(
    await printed(aRoute('[parners]', 'quotas: { partners: { by: route, limit: 1, per: day } }\n')),
  ).toContain('Did you mean "partners"?')
})

test('a quota that no route names is warned of', async () => {
  const quotas = 'quotas: { a: { by: route, limit: 1, per: day } }\n'
  const warned = await warningsOf(aConfig(quotas))
  expect(warned.map(({ path }) => path)).toContain('quotas.a')
  const used = await warningsOf(aRoute('[a]', quotas))
  expect(used.map(({ path }) => path)).not.toContain('quotas.a')
})

test('a Redis that neither sessions nor quotas use is warned of', async () => {
  const redis = `sessions: { redis: { url: "redis://x" }, keys: [${aKey}] }\n`
  const paths = async (text: string) => (await warningsOf(text)).map(({ path }) => path)
  expect(await paths(aConfig(redis))).toContain('sessions.redis')
  const counting = aRoute('[{ by: client, limit: 1, per: day }]', redis)
  expect(await paths(counting)).not.toContain('sessions.redis')
})
