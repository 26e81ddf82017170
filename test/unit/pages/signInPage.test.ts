import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseLanguage } from '../../../src/pages/language.ts'
import { parseLanguages, shippedLanguages } from '../../../src/pages/messages.ts'
import type { SignInView } from '../../../src/pages/signInForm.ts'
import { createSignInPage } from '../../../src/pages/signInPage.ts'
import { findTemplateProblems } from '../../../src/pages/template.ts'
import { createFolder, type Folder } from '../../support/folder.ts'

const hostile = `"><script>alert('1')</script>{{csrf_token}}`
const view: SignInView = { action: '/.postern/sign-in?rd=%2F', csrfToken: 'token', username: '' }
const refused: SignInView = { ...view, username: hostile, problem: { kind: 'wrong_credentials' } }

const template = `<!doctype html><html lang="{{lang}}"><title>{{title}}</title>
<style>body{color:red}</style><img src="{{logo}}" alt="{{site}}"><h1>{{heading}}</h1>
<p role="alert" data-invalid="{{invalid}}">{{problem}}</p>
<form method="post" action="{{action}}"><input name="csrf_token" type="hidden" value="{{csrf_token}}">
<label>{{username_label}}<input name="username" value="{{username}}"></label>
<label>{{password_label}}<input name="password" type="password"></label>
<button>{{submit_label}}</button></form></html>`

let folder: Folder
beforeAll(async () => {
  folder = await createFolder()
  await folder.write('template.html', template)
  await folder.write('logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await folder.write('messages.yaml', `en: { title: Welcome }\nde: ${german}\n`)
})
afterAll(() => folder[Symbol.asyncDispose]())

const german = JSON.stringify({ ...shippedLanguages.get('en'), title: 'Anmelden' })

function hashesOf(text: string): string[] {
  return [...text.matchAll(/<style>([^]*?)<\/style>/g)].map(
    ([, style]) => `'sha256-${createHash('sha256').update(style!).digest('base64')}'`,
  )
}

describe.each([
  ['our own page', () => ({ colors: { accent: '#ffee00' }, title: hostile })],
  [
    'a template',
    () => ({ colors: {}, title: hostile, template: join(folder.path, 'template.html') }),
  ],
])('%s', (_, toConfig) => {
  test('writes nothing that it was given as markup, and fills in nothing twice', () => {
    const { text } = createSignInPage(toConfig())(refused, 'en')
    expect(text).not.toContain('<script')
    expect(text).toContain('&lt;script&gt;alert(&#39;1&#39;)')
    expect(text).toContain('{{csrf_token}}')
  })

  test('has the styles that its policy allows, and no other', () => {
    const { text, styleSources } = createSignInPage(toConfig())(view, 'en')
    expect(hashesOf(text)).toEqual(styleSources)
  })

  test('has the fields that are read, and speaks the language of the browser', () => {
    const { text, lang } = createSignInPage(toConfig())(refused, 'zh-CN,zh;q=0.9')
    for (const name of ['csrf_token', 'username', 'password']) {
      expect(text).toContain(`name="${name}"`)
    }
    expect(lang).toBe('zh-Hans')
    expect(text).toContain('lang="zh-Hans"')
    expect(text).toContain('用户名或密码不正确')
  })
})

test('a logo stands in the page itself, with the name of the site for who does not see it', () => {
  const config = { title: 'Acme', logo: join(folder.path, 'logo.svg'), colors: {} }
  const { text } = createSignInPage(config)(view, 'en')
  expect(text).toContain('<img class="logo" src="data:image/svg+xml;base64,')
  expect(text).toContain('alt="Acme"')
})

test('a file of messages adds a language, and changes a word of one that is shipped', () => {
  const page = createSignInPage({ colors: {}, messages: join(folder.path, 'messages.yaml') })
  expect(page(view, 'de-AT').text).toContain('<h1>Anmelden</h1>')
  expect(page(view, 'en').text).toContain('<h1>Welcome</h1>')
  expect(page(view, 'en').text).toContain('User name')
})

test.each<[unknown, string]>([
  ['text', 'expected language tags'],
  [{ 'no tag': {} }, 'no tag: expected a language tag'],
  [{ de: { title: 'Anmelden' } }, 'de.username: expected a text'],
  [{ en: { titel: 'x' } }, 'en: has no titel.'],
  [{ en: { problems: { expired: '' } } }, 'en.problems.expired: expected a text'],
])('messages like %j are a problem that is named', (content, problem) => {
  const parsed = parseLanguages(content)
  expect('problems' in parsed && parsed.problems.join('\n')).toContain(problem)
})

test('every language says everything', () => {
  for (const messages of shippedLanguages.values()) {
    expect(messages.problems.throttled).toContain('{minutes}')
  }
})

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-Hans'],
  ['zh', 'zh-Hans'],
  ['zh-SG', 'zh-Hans'],
  ['zh-TW', 'en'],
  ['zh-TW,zh;q=0.9', 'zh-Hans'],
  ['fr,zh-Hans;q=0.5,en;q=0.1', 'zh-Hans'],
  ['en;q=0,zh', 'zh-Hans'],
  ['fr', 'en'],
  ['*', 'en'],
  ['not a language;q=x,,;;,zh', 'zh-Hans'],
  ['a'.repeat(10_000), 'en'],
])('a browser that says %s gets %s', (field, lang) => {
  expect(chooseLanguage(field, ['en', 'zh-Hans'])).toBe(lang)
})

test.each([
  [template, []],
  [template.replace('{{action}}', ''), ['{{action}} is missing.']],
  [template.replace('{{site}}', '{{slogan}}'), ['{{slogan}} is not known.']],
  [
    template.replace('name="password"', 'name="pass"'),
    ['a field with name="password" is missing.'],
  ],
  [`${template}<script></script>`, ['a script would not be run.']],
  [template.replace('color:red', 'color:{{site}}'), ['a place inside <style> is not filled in.']],
  [
    template.replace('"{{username}}"', '{{username}}'),
    ['a place inside a tag needs quotes around it.'],
  ],
  [
    template.replace('"{{username}}"', 'name-{{username}}'),
    ['a place inside a tag needs quotes around it.'],
  ],
  [
    template.replace('<button>', '<button {{invalid}}>'),
    ['a place inside a tag needs quotes around it.'],
  ],
  [template.replace('method="post"', ''), ['a form needs method="post".']],
  [template.replace('method="post"', 'method="get"'), ['a form needs method="post".']],
  [template.replace('method="post"', 'METHOD=POST'), []],
  [
    template.replace('type="password"', 'type="text"'),
    ['the field for the password needs type="password".'],
  ],
])('a template is checked before anything starts (%#)', (text, problems) => {
  expect(findTemplateProblems(text)).toEqual(problems)
})
