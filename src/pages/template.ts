// A page of the operator's own in place of ours: a file with named places, `{{action}}`. Every value is escaped;
// its styles are allowed by their hashes, scripts never. What it lacks is found before anything starts.

import { escape } from './html.ts'
import { toStyleSource } from './look.ts'

/** Every place that a template may have, and whether it must. */
const places = {
  lang: true,
  title: true,
  heading: false,
  site: false,
  logo: false,
  action: true,
  csrf_token: true,
  username: true,
  username_label: true,
  password_label: true,
  submit_label: true,
  problem: true,
  invalid: false,
} as const satisfies Record<string, boolean>

export type TemplateValues = Readonly<Record<keyof typeof places, string>>

export interface Template {
  readonly styleSources: readonly string[]
  render(values: TemplateValues): string
}

const place = /\{\{\s*([A-Za-z_]*)\s*\}\}/g
const styleElement = /<style\b[^>]*>([^]*?)<\/style\s*>/gi

const tag = /<[a-z](?:"[^"]*"|'[^']*'|[^"'>])*>/gi
const isPosted = /\smethod=(["']?)post\1[\s/>]/i
const isPasswordField =
  /<input\b(?=[^>]*\sname=(["']?)password\1[\s/>])[^>]*\stype=(["']?)password\2[\s/>]/i

/** What of a tag stands outside of quotes. */
function bareOf(text: string): string {
  return text.replace(/"[^"]*"|'[^']*'/g, '')
}

/** One sentence for each thing that is wrong. */
export function findTemplateProblems(text: string): string[] {
  const named = new Set([...text.matchAll(place)].map(([, name = '']) => name))
  const required = Object.entries(places).filter(([, isRequired]) => isRequired)
  const missing = required.map(([name]) => name).filter((name) => !named.has(name))
  const unknown = [...named].filter((name) => !Object.hasOwn(places, name))
  const fields = ['username', 'password', 'csrf_token'].filter(
    (name) => !new RegExp(`\\bname=(["']?)${name}\\1[\\s/>]`, 'i').test(text),
  )
  const styles = [...text.matchAll(styleElement)].map(([, style = '']) => style)
  const tags = text.match(tag) ?? []
  const forms = tags.filter((each) => /^<form\b/i.test(each))
  return [
    ...missing.map((name) => `{{${name}}} is missing.`),
    ...unknown.map((name) => `{{${name}}} is not known.`),
    ...fields.map((name) => `a field with name="${name}" is missing.`),
    // Threat: a form without it writes the password into the address, and from there into every log on the way.
    ...(forms.some((form) => !isPosted.test(form)) ? ['a form needs method="post".'] : []),
    ...(fields.includes('password') || isPasswordField.test(text)
      ? []
      : ['the field for the password needs type="password".']),
    // Threat: an escaped value can still end an attribute that has no quotes.
    ...(tags.some((tag) => bareOf(tag).search(place) !== -1)
      ? ['a place inside a tag needs quotes around it.']
      : []),
    ...(/<script\b/i.test(text) ? ['a script would not be run.'] : []),
    ...(styles.some((style) => style.search(place) !== -1)
      ? ['a place inside <style> is not filled in.']
      : []),
  ]
}

/** @param text one that {@link findTemplateProblems} finds nothing in */
export function createTemplate(text: string): Template {
  const styles = [...text.matchAll(styleElement)].map(([, style = '']) => style)
  return {
    styleSources: styles.map(toStyleSource),
    render: (values) =>
      text.replace(place, (whole, name: string) => (isPlace(name) ? escape(values[name]) : whole)),
  }
}

function isPlace(name: string): name is keyof typeof places {
  return Object.hasOwn(places, name)
}
