// The page with the sign-in form, in the language of the browser and the look of the operator.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { PagesConfig } from '../config/schema/pages.ts'
import { html } from './html.ts'
import { chooseLanguage } from './language.ts'
import { renderLayout } from './layout.ts'
import { createLook, renderMasthead, renderStyle, toStyleSource, type Look } from './look.ts'
import { parseLanguages, shippedLanguages, type Languages, type Messages } from './messages.ts'
import type { RenderedPage } from './respondPage.ts'
import { describeProblem, renderSignInForm, type SignInView } from './signInForm.ts'
import { stylesheetSource } from './stylesheet.ts'
import { createTemplate, type Template } from './template.ts'

/** @param acceptLanguage the field of that name, as it came */
export type RenderSignIn = (view: SignInView, acceptLanguage: string | undefined) => RenderedPage

/** Reads the files that the configuration names, which were checked with it. @throws Error where one is gone */
export function createSignInPage(config: PagesConfig): RenderSignIn {
  const look = createLook(config)
  const languages = readLanguages(config.messages)
  const tags = [...languages.keys()]
  const template =
    config.template === undefined
      ? undefined
      : createTemplate(readFileSync(config.template, 'utf8'))
  return (view, acceptLanguage) => {
    const lang = chooseLanguage(acceptLanguage, tags)
    const shown = { view, lang, messages: languages.get(lang)!, look }
    return template === undefined ? renderOwn(shown) : renderTemplate(shown, template)
  }
}

function readLanguages(file: string | undefined): Languages {
  if (file === undefined) return shippedLanguages
  const parsed = parseLanguages(parse(readFileSync(file, 'utf8')))
  if ('languages' in parsed) return parsed.languages
  throw new Error(`${file}: ${parsed.problems.join(' ')}`)
}

interface Shown {
  readonly view: SignInView
  readonly lang: string
  readonly messages: Messages
  readonly look: Look
}

function renderOwn({ view, lang, messages, look }: Shown): RenderedPage {
  const page = {
    title: messages.title,
    windowTitle: toWindowTitle({ view, lang, messages, look }),
    lang,
    masthead: renderMasthead(look),
    style: renderStyle(look),
    body: html`${renderSignInForm(view, messages)}`,
  }
  const styles = look.style === '' ? [] : [toStyleSource(look.style)]
  return { lang, text: renderLayout(page), styleSources: [stylesheetSource, ...styles] }
}

// Because the title is what a reader of the screen says first, it says first what went wrong.
function toWindowTitle({ view, messages, look }: Shown): string {
  const failed = view.problem === undefined ? [] : [messages.failed]
  const site = look.siteName === undefined ? [] : [look.siteName]
  return [...failed, messages.title, ...site].join(' · ')
}

function renderTemplate(shown: Shown, template: Template): RenderedPage {
  const { view, lang, messages, look } = shown
  const text = template.render({
    lang,
    title: toWindowTitle(shown),
    heading: messages.title,
    site: look.siteName ?? '',
    logo: look.logo ?? '',
    action: view.action,
    csrf_token: view.csrfToken,
    username: view.username,
    username_label: messages.username,
    password_label: messages.password,
    submit_label: messages.submit,
    problem: describeProblem(view, messages),
    invalid: String(view.problem !== undefined),
  })
  return { lang, text, styleSources: template.styleSources }
}
