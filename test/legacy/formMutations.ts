// Sign-in forms as somebody would write them who wants two readers to read two names: from good ones, by changes of
// their fields and of their bytes. The same seed gives the same forms.

import { formTypes, type FormType } from '../../src/config/schema/signInForm.ts'

export interface SentForm {
  /** Content-Type. */
  readonly type: string
  readonly body: Buffer
}

export interface FieldNames {
  readonly user: string
  readonly password: string
}

/** Texts here are Latin-1, so that a character is a byte. */
interface Field {
  readonly name: string
  readonly value: string
  readonly file?: string
}

const boundaries = ['bar', '----WebKitFormBoundaryAbC123', "b'a r=?", 'x'.repeat(70)]

const oddities =
  '\0 \t\r\n"\'\\;,&=+%[](){}.:/*?#$!@^~`|<>_-\x7f\x80\x85\xa0\xad\xc0\xc2\xe2\xef\xf0\xff'

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')

/** What means something somewhere. */
const tokens = [
  '%00 %26 %3D %3B %5B %u0075 %ff %C0%AE % + && [] [ ] -- =?utf-8?Q? ?= \\" \\u0000 \\ud800'.split(
    ' ',
  ),
  ['\r\n', '\n', '\r', '\r\n\r\n', '\n\n', '\r\n\t', '\0', '__proto__', '_charset_'],
  ['; name="', '; filename="', "; name*=utf-8''"],
  ['\u{ff21}', '\u00a0', '\u00ad', '\u200b', '\ufeff', '\u0131', '\u017f', '\u0301'].map(latin1),
].flat()

/** Choices that are the same for the same seed. */
interface Chance {
  readonly upTo: (end: number) => number
  readonly pick: <T>(list: ArrayLike<T>) => T
  readonly isNow: (probability: number) => boolean
  readonly cut: (text: string) => [before: string, behind: string]
}

/** @returns the next form, whenever it is called */
export function createForms(seed: number, names: FieldNames): () => SentForm {
  const chance = createChance(seed)
  return () => {
    const type = chance.pick(formTypes)
    const boundary = chance.pick(boundaries)
    let text = write[type](toFields(chance, names, boundary), chance, boundary)
    const changes = chance.isNow(0.5) ? chance.upTo(4) : 0
    for (let more = changes; more > 0; more -= 1) text = mutate(chance, text)
    const said = type === 'multipart/form-data' ? `${type}; boundary="${boundary}"` : type
    const body = Buffer.from(text, 'latin1')
    return { type: chance.isNow(0.1) ? mutate(chance, said) : said, body }
  }
}

function toFields(chance: Chance, names: FieldNames, boundary: string): Field[] {
  const { user, password } = names
  const fields: Field[] = [
    { name: user, value: chance.pick(['alice', 'alice', 'al ice', '\xc3\xa4lice', ' alice']) },
    { name: password, value: chance.pick(['alice', 'p&=+%"', '\0\r\n']) },
    { name: 'csrf', value: toValue(chance, user, boundary) },
  ]
  for (let more = chance.upTo(3); more > 0; more -= 1) {
    const name = toName(chance, chance.isNow(0.7) ? user : password)
    const value = toValue(chance, user, boundary)
    const file = chance.pick(['', 'a.png', toValue(chance, user, boundary)])
    fields.push({ name, value, ...(chance.isNow(0.3) ? { file } : {}) })
  }
  const places = new Map(fields.map((field) => [field, chance.upTo(1000)]))
  return fields.toSorted((one, other) => places.get(one)! - places.get(other)!)
}

/** Something that might be taken for the name. */
function toName({ upTo, pick, isNow, cut }: Chance, name: string): string {
  const [before, behind] = cut(name)
  const wide = name.replace(/[a-z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
  const coded = isNow(0.5) ? name : Buffer.from(name).toString('base64')
  return pick([
    name,
    name + pick(oddities),
    pick(oddities) + name,
    before + pick(oddities) + behind,
    before + pick(tokens) + behind,
    before + pick(oddities) + behind.slice(1),
    name + pick(tokens) + pick(['', 'x', ']', '[x]']),
    name.toUpperCase(),
    latin1(wide),
    `=?utf-8?${pick('QqBb')}?${coded}?=`,
    `${name}${'x'.repeat(upTo(9000))}; name="${name}"`,
    `${pick(['x', 'top', 'form', '_', '!'])}${pick(oddities)}${name}`,
  ])
}

/** Something with which a second field of the name might begin. */
function toValue({ upTo, pick }: Chance, user: string, boundary: string): string {
  const head = `Content-Disposition: form-data; name="${user}"`
  const end = pick(['\r\n', '\n', '\r', '\n\r'])
  return pick([
    pick(['1', 'bob', '', 'Sign in', 'a"b', '\xff\xfe\0', '\r\n', 'x'.repeat(upTo(9000))]),
    `${end}--${boundary}${end}${head}${end}${end}bob${end}`,
    `--${boundary}--`,
    `${pick('&;,')}${user}=bob`,
    `","${user}":"bob`,
    pick(oddities).repeat(upTo(4)) + pick(tokens),
  ])
}

type Write = (fields: readonly Field[], chance: Chance, boundary: string) => string

const write: Readonly<Record<FormType, Write>> = {
  'application/x-www-form-urlencoded': (fields, { isNow }) => {
    const escape = (text: string): string => (isNow(0.15) ? text : escapeBytes(text))
    return fields.map(({ name, value }) => `${escape(name)}=${escape(value)}`).join('&')
  },
  'multipart/form-data': (fields, chance, boundary) => {
    const end = chance.isNow(0.05) ? '\n' : '\r\n'
    const parts = fields.map(
      (field) => `--${boundary}${end}${toHead(field, chance, end)}${end}${field.value}${end}`,
    )
    return `${parts.join('')}--${boundary}--${end}`
  },
  'application/json': (fields, { pick, isNow }) => {
    const members = fields.map(({ name, value }) => {
      const own = JSON.stringify(value.replaceAll(/[\x80-\xff]/g, 'é'))
      const key = isNow(0.1) ? `"${name}"` : latin1(JSON.stringify(name))
      return `${key}:${value !== 'bob' && isNow(0.1) ? pick(jsonValues) : latin1(own)}`
    })
    return `{${members.join(pick([',', ', ', ',\n']))}}`
  },
}

const jsonValues = ['1e400', '[]', '{"user":1}', 'null', '12345678901234567890', '"\\ud800"']

function escapeBytes(text: string): string {
  return text.replaceAll(/[^\w.]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

function toHead({ name, file }: Field, { pick, isNow }: Chance, end: string): string {
  const filename = file === undefined ? '' : `; filename="${file}"`
  const type = file === undefined ? `text/plain; charset=${pick(['utf-8', 'gbk'])}` : 'image/png'
  const more = file !== undefined || isNow(0.1) ? `Content-Type: ${type}${end}` : ''
  return `Content-Disposition: form-data; name="${name}"${filename}${end}${more}`
}

function mutate({ upTo, pick, isNow, cut }: Chance, text: string): string {
  const [before, behind] = cut(text)
  const length = upTo(isNow(0.8) ? 4 : 200)
  return pick([
    before + pick(oddities) + behind,
    before + pick(tokens) + behind,
    before + behind.slice(length),
    before + behind.slice(0, length) + behind,
    before + pick(oddities) + behind.slice(1),
    before + behind.slice(length) + behind.slice(0, length),
  ])
}

function createChance(seed: number): Chance {
  const random = createRandom(seed)
  const upTo = (end: number): number => Math.floor(random() * end)
  return {
    upTo,
    pick: (list) => list[upTo(list.length)]!,
    isNow: (probability) => random() < probability,
    cut(text) {
      const at = upTo(text.length + 1)
      return [text.slice(0, at), text.slice(at)]
    },
  }
}

/** Mulberry32, by Tommy Ettinger: from 0 to below 1. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
