import { describe, expect, test } from 'vitest'
import type { Principal } from '../../../src/request.ts'
import { aPrincipal, identifyOverSockets, namesOf, valuesOf } from './identifyOverSockets.ts'

const aClient: Principal = {
  ...aPrincipal({ client_id: 'robot' }),
  kind: 'client',
  subject: 'robot',
  scopes: ['invoices:read', 'invoices:write'],
}
const aPersonByToken: Principal = { ...aPrincipal({ client_id: 'app' }), scopes: ['openid'] }

describe('what the upstream is told of a client', () => {
  test('by default: its id, its issuer and its scopes, and who it is', async () => {
    const fields = await identifyOverSockets([], { principal: aClient })
    expect(fields.slice(fields.indexOf('Via') + 2)).toEqual([
      'X-Forwarded-User',
      'robot',
      'X-Forwarded-Client-Id',
      'robot',
      'X-Forwarded-Issuer',
      'https://issuer.example/oidc',
      'X-Forwarded-Scope',
      'invoices:read invoices:write',
    ])
  })

  test('a person is told of without them, whatever the client says', async () => {
    const lines = ['X-Forwarded-Client-Id: robot', 'X_Forwarded_Scope: admin']
    const fields = await identifyOverSockets(lines, { principal: aPersonByToken })
    expect(namesOf(fields).filter((name) => /client|scope|issuer/i.test(name))).toEqual([])
  })

  test('headers that the configuration names carry them for a person, too', async () => {
    const headers = { 'X-Client': 'client_id', 'X-Forwarded-Scope': 'scope', 'X-Issuer': 'iss' }
    const fields = await identifyOverSockets([], {
      route: { identity: { preset: 'forwarded', headers } },
      principal: aPersonByToken,
    })
    expect(valuesOf(fields, 'X-Client')).toEqual(['app'])
    expect(valuesOf(fields, 'X-Forwarded-Scope')).toEqual(['openid'])
    expect(valuesOf(fields, 'X-Issuer')).toEqual(['https://issuer.example/oidc'])
    expect(valuesOf(fields, 'X-Forwarded-Client-Id')).toEqual([])
  })
})
