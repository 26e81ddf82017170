import { expect, test } from 'vitest'
import { catalogue, rowOf, type RefusalCode } from '../../../src/errors/catalogue.ts'
import { findRefusalWords } from '../../../src/errors/refusalWords.ts'

const isCode = (name: string): name is RefusalCode => name in catalogue

test.each(Object.keys(catalogue).filter(isCode))(
  '%s is said in English as in the catalogue, and in Chinese: a title, and sentences that advise',
  (code) => {
    expect(findRefusalWords(code, 'en')).toMatchObject({
      title: rowOf(code).title,
      advice: rowOf(code).advice,
    })
    const { title, advice } = findRefusalWords(code, 'zh-Hans')
    expect(title).toMatch(/^[^。]*\p{Script=Han}[^。]*$/u)
    expect(advice).toMatch(/\p{Script=Han}.*。$/u)
  },
)
