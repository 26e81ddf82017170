import { expect, test } from 'vitest'
import { aConfig, warningsOf } from '../configFile.ts'

const messagesFor = async (path: string, further = ''): Promise<string[]> => {
  const warnings = await warningsOf(aConfig(further).replace('path: /**', `path: "${path}"`))
  return warnings.filter((one) => one.path === 'routes[0].match.path').map((one) => one.message)
}

test.each([
  ['/user/:id', ':id is taken literally; * stands for any one segment.'],
  ['/user/{id}/orders', '{id} is taken literally; * stands for any one segment.'],
  ['/admin/', 'covers this one path alone; /admin/** covers /admin and all below.'],
])('the path %s is warned about, because it means less than it seems to', async (path, message) => {
  expect(await messagesFor(path)).toEqual([message])
})

test.each(['/', '/**', '/admin', '/a:b', '/user/*'])('the path %s is as it seems', async (path) => {
  expect(await messagesFor(path)).toEqual([])
})

test('a path with a final slash is no slip where all below has a route of its own', async () => {
  const further = '  - match: { path: /admin/** }\n    upstream: billing\n'
  expect(await messagesFor('/admin/', further)).toEqual([])
})
