import { describe, expect, test } from 'vitest'
import { checkRedirect } from '../../src/http/redirects.ts'
import { openRedirectPayloads } from '../support/openRedirectPayloads.ts'

const policy = { publicUrl: 'https://app.example.com', prefix: '/.postern' }

describe('no redirect parameter leads a browser away from the site', () => {
  test('the table is long, and no payload stands in it twice', () => {
    expect(new Set(openRedirectPayloads).size).toBe(openRedirectPayloads.length)
    expect(openRedirectPayloads.length).toBeGreaterThanOrEqual(120)
  })

  test.each(openRedirectPayloads.map((payload) => [JSON.stringify(payload).slice(0, 80), payload]))(
    '%s becomes /',
    (_, payload) => {
      expect(checkRedirect(payload, policy)).toBe('/')
    },
  )
})
