import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/config/schema.ts'
import { toClientFields, type ResponseFieldPolicy } from '../../../src/forwarding/responseFields.ts'
import { createRewritings } from '../../../src/forwarding/responseRewriting.ts'

const usual: ResponseFieldPolicy = { via: '1.1 postern', setCookies: [], isSignedIn: true }

function fieldsWith(policy: Partial<ResponseFieldPolicy>, raw: readonly string[] = []): string[] {
  return toClientFields(raw, 200, { ...usual, ...policy })!.fields
}

describe('a field that is set', () => {
  test('makes no answer public that carries a session cookie of ours', () => {
    const added = ['Cache-Control', 'public, max-age=60']
    expect(fieldsWith({ added })).toEqual([...added, 'Via', '1.1 postern'])
    const setCookies = ['postern=secret']
    expect(fieldsWith({ added, setCookies })).toEqual([
      'Via',
      '1.1 postern',
      'Cache-Control',
      'private',
      'Set-Cookie',
      'postern=secret',
    ])
  })

  test('cannot be taken away by an application that nominates it in Connection', () => {
    const added = ['Strict-Transport-Security', 'max-age=1']
    const raw = ['Connection', 'strict-transport-security']
    expect(fieldsWith({ added, isSignedIn: false }, raw)).toEqual([...added, 'Via', '1.1 postern'])
  })
})

test('a route has its own settings, else those of its upstream, else none', () => {
  const headers = (remove: string) => ({ headers: { remove: [remove] } })
  const config = configSchema.parse({
    publicUrl: 'https://app.example.com',
    providers: [{ id: 'a', issuer: 'https://a.example', clientId: 'x' }],
    upstreams: {
      changed: { url: 'http://127.0.0.1:3000', responses: headers('X-A') },
      plain: { url: 'http://127.0.0.1:3001' },
    },
    routes: [
      { match: { path: '/a' }, upstream: 'changed' },
      { match: { path: '/b' }, upstream: 'changed', responses: headers('X-B') },
      { match: { path: '/c' }, upstream: 'plain' },
    ],
  })
  const { routes, upstreams, publicUrl } = config
  const rewritings = createRewritings({ routes, upstreams, publicUrl })
  const raw = ['X-A', '1', 'X-B', '2']
  expect(rewritings.map((rewriting) => rewriting?.rewrite(raw))).toEqual([
    ['X-B', '2'],
    ['X-A', '1'],
    undefined,
  ])
})
