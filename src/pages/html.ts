// HTML that cannot be injected into: whatever is put into a template is escaped, unless it is HTML already.

/** Markup that has been escaped where it had to be. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | Html | readonly Html[] | undefined

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Safe as text and inside a quoted attribute. */
export function escape(value: string): string {
  return value.replace(/[&<>"']/g, (character) => entities[character]!)
}

/** A template whose values are escaped. Attributes have to be quoted; `undefined` writes nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const rest = parts.map((part, at) => toText(part) + strings[at + 1]!)
  return new Html(strings[0]! + rest.join(''))
}

function toText(part: Part): string {
  if (part === undefined) return ''
  if (typeof part === 'string') return escape(part)
  return part instanceof Html ? part.text : part.map(({ text }) => text).join('')
}
