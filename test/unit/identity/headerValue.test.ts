import { describe, expect, test } from 'vitest'
import { headerRuleSchema } from '../../../src/config/schema/identityHeader.ts'
import { compileHeaderValue, TooLong } from '../../../src/identity/headerValue.ts'
import type { Claims, ClaimValue } from '../../../src/sessions/session.ts'

/** What a rule of the configuration file makes of claims. */
function valueOf(rule: object, claims: Claims): string | undefined {
  return compileHeaderValue(headerRuleSchema.parse(rule))((name) => claims[name])
}

describe('a claim', () => {
  test.each<[ClaimValue, string]>([
    ['Łukasz', '%C5%81ukasz'],
    ['a,b', 'a,b'],
    [true, 'true'],
    [0, '0'],
    [1.5, '1.5'],
    [{ a: 'ü' }, '{"a":"%C3%BC"}'],
    [['a,b', 'c', 3, true, null, '', { d: [1, 2] }], 'a%2Cb,c,3,true,{"d":[1%2C2]}'],
  ])('%j becomes %s', (claim, expected) => {
    expect(valueOf({ claim: 'x' }, { x: claim })).toBe(expected)
  })

  test.each([[null], [''], [[]], [['']], [[null]]])('%j says nothing', (claim) => {
    expect(valueOf({ claim: 'x' }, { x: claim })).toBeUndefined()
    expect(valueOf({ claim: 'x', separator: ',', quoted: true }, { x: claim })).toBeUndefined()
  })

  test('with the separator in it is one group, not two', () => {
    expect(valueOf({ claim: 'x', separator: ',' }, { x: 'staff,admin' })).toBe('staff%2Cadmin')
    expect(valueOf({ claim: 'x', separator: '^' }, { x: ['staff^admin'] })).toBe('staff%5Eadmin')
  })

  test('that is quoted cannot end its quotes', () => {
    const rule = { claim: 'x', separator: ',', quoted: true }
    expect(valueOf(rule, { x: ['staff', 'a","admins'] })).toBe('"staff","a%22%2C%22admins"')
  })
})

describe('a template', () => {
  const domain = { template: 'CORP\\{user}' }

  test('puts claims between literal text', () => {
    expect(valueOf(domain, { user: 'ada' })).toBe('CORP\\ada')
    const name = { template: '{family}, {given} <{mail}>' }
    const claims = { family: 'Lovelace', given: 'Ada', mail: 'ada@example.org' }
    expect(valueOf(name, claims)).toBe('Lovelace, Ada <ada@example.org>')
  })

  test('takes names that issuers give claims', () => {
    const rule = { template: '{https://acme.example/tenant_id}/{cognito:username}/{a.b}' }
    const claims = { 'https://acme.example/tenant_id': '7', 'cognito:username': 'ada', 'a.b': 'c' }
    expect(valueOf(rule, claims)).toBe('7/ada/c')
  })

  test('does not read what claims hold', () => {
    const claims = { user: '{email}', email: 'root@example.org' }
    expect(valueOf(domain, claims)).toBe('CORP\\{email}')
    expect(valueOf({ template: '{user}{email}' }, { ...claims, user: '$&$1{user}' })).toBe(
      '$&$1{user}root@example.org',
    )
  })

  test.each([[{}], [{ user: '' }], [{ user: null }], [{ user: [] }]])(
    'with a claim that is missing (%j) gives no header, or the default as a whole',
    (claims: Claims) => {
      expect(valueOf(domain, claims)).toBeUndefined()
      expect(valueOf({ ...domain, default: 'CORP\\guest' }, claims)).toBe('CORP\\guest')
    },
  )

  test('is written once for each entry of the one claim that is a list', () => {
    const rule = { template: '{tenant}\\{groups}', separator: ';' }
    const claims = { tenant: 'corp', groups: ['staff', 'a;b', ''] }
    expect(valueOf(rule, claims)).toBe('corp\\staff;corp\\a%3Bb')
  })

  test('with two lists gives no header, because nothing says which entries belong together', () => {
    const rule = { template: '{a}{b}' }
    expect(valueOf(rule, { a: ['1'], b: ['2'] })).toBeUndefined()
    expect(valueOf({ ...rule, default: 'none' }, { a: ['1'], b: ['2'] })).toBe('none')
    expect(valueOf({ template: '{a}-{a}' }, { a: ['1', '2'] })).toBe('1-1,2-2')
  })
})

describe('what is made of a claim', () => {
  test('capture takes a part of it, of each entry where it is a list', () => {
    expect(valueOf({ claim: 'x', capture: '^([^@]+)@' }, { x: 'ada@example.org' })).toBe('ada')
    const groups = ['CN=Staff,OU=Groups,DC=corp', 'CN=Admins,OU=x', 'nonsense']
    const rule = { claim: 'x', capture: '^CN=([^,]+),', case: 'lower', prefix: 'ROLE_' }
    expect(valueOf(rule, { x: groups })).toBe('ROLE_staff,ROLE_admins')
  })

  test('no match is like no claim', () => {
    const rule = { claim: 'x', capture: '^([^@]+)@' }
    expect(valueOf(rule, { x: 'ada' })).toBeUndefined()
    expect(valueOf({ ...rule, default: 'nobody' }, { x: 'ada' })).toBe('nobody')
  })

  test('lower and upper case are for claims alone, and know no locale', () => {
    const rule = { template: 'Corp\\{user}', case: 'upper' }
    expect(valueOf(rule, { user: 'iris é' })).toBe('Corp\\IRIS %C3%89')
    expect(valueOf({ claim: 'user', case: 'lower' }, { user: 'IRIS É' })).toBe('iris %C3%A9')
  })

  test.each([
    ['upper', '\u0131', 'i'],
    ['upper', '\u017f', 's'],
    ['upper', 'ß', 'ss'],
    ['upper', '\ufb01', 'fi'],
    ['upper', '\u0149', '\u02bcn'],
    ['lower', '\u212a', 'K'],
    ['lower', '\u2126', 'Ω'],
    ['lower', '\u0130', 'I\u0307'],
    ['lower', 'Σ', 'ς'],
  ])('in %s case %j and %j are two names, since no letter becomes a stranger', (to, one, other) => {
    const rule = { claim: 'user', case: to }
    expect(valueOf(rule, { user: one })).not.toBe(valueOf(rule, { user: other }))
  })

  test('every letter in lower or upper case stands for at most one other', () => {
    for (const to of ['lower', 'upper'] as const) {
      const counts = new Map<string | undefined, number>()
      const write = compileHeaderValue({ claim: 'user', case: to })
      for (let code = 0x21; code < 0x1_f000; code += 1) {
        const letter = String.fromCodePoint(code)
        if (letter.toLowerCase() === letter.toUpperCase()) continue
        const value = write(() => letter)
        counts.set(value, (counts.get(value) ?? 0) + 1)
      }
      expect([...counts].filter(([, count]) => count > 2)).toEqual([])
    }
  })

  test('prefix and suffix stand around it, braces as they are', () => {
    expect(valueOf({ claim: 'x', prefix: '{', suffix: '}' }, { x: 'ada' })).toBe('{ada}')
  })

  test('the encoding is one for text and claims together', () => {
    const rule = { template: 'Grüße, {x}', encoding: 'rfc8187' }
    expect(valueOf(rule, { x: 'é' })).toBe("UTF-8''Gr%C3%BC%C3%9Fe%2C%20%C3%A9")
  })
})

describe('too long is refused, never cut', () => {
  test.each([
    ['a text', 'x'.repeat(65_537)],
    ['a list', Array.from({ length: 100 }, () => 'x'.repeat(1000))],
  ])('%s that no request could carry, before it is encoded', (_, x) => {
    expect(() => valueOf({ claim: 'x' }, { x })).toThrow(TooLong)
  })

  test('a text beyond 8 KB that would have to be searched', () => {
    const rule = { claim: 'x', capture: '^(.)' }
    expect(valueOf(rule, { x: 'y'.repeat(8192) })).toBe('y')
    expect(() => valueOf(rule, { x: 'y'.repeat(8193) })).toThrow(TooLong)
  })
})
