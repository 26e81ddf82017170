import { describe, expect, test } from 'vitest'
import { coversScope } from '../../../src/authorization/scopeValues.ts'

describe('a granted scope covers a required one', () => {
  test.each([
    ['book:42:read', 'book:42:read', true],
    ['book:42:read', 'book:43:read', false],
    ['book:42:read', 'BOOK:42:read', false],
    // `*` in what is required: any one segment.
    ['book:42:read', 'book:*:read', true],
    ['book:42:write', 'book:*:read', false],
    ['book:42:read', '*:42:read', true],
    ['book:42:read', 'book:*', false],
    ['book:42', 'book:*', true],
    ['book', 'book:*', false],
    ['book:42:sub:read', 'book:*:read', false],
    ['book::read', 'book:*:read', false],
    // `*` in what was granted: any one segment, and as the last one all that follow.
    ['book:*:read', 'book:42:read', true],
    ['book:*:read', 'book:42:write', false],
    ['book:*:read', 'book:42:43:read', false],
    ['book:*', 'book:42:read', true],
    ['book:*', 'book:42', true],
    ['book:*', 'book', false],
    ['book:*', 'books:42:read', false],
    ['book:*', 'book:', false],
    ['book:42:*', 'book:42:read', true],
    ['book:42:*', 'book:43:read', false],
    ['*', 'book:42:read', true],
    ['*', 'openid', true],
    ['*', '', false],
    // On both sides.
    ['book:*', 'book:*:read', true],
    ['book:*:read', 'book:*:read', true],
    ['book:42:*', 'book:*:read', true],
    // Within a segment, a character like any other.
    ['book:4*:read', 'book:42:read', false],
    ['book:42:read', 'book:4*:read', false],
    ['book:**', 'book:42:read', false],
    ['book*', 'book:42:read', false],
  ])('%s, %s: %s', (granted, required, covers) => {
    expect(coversScope(granted, required)).toBe(covers)
  })
})
