// Text with claims in braces, taken apart once, at start. What a claim holds is put in later and never parsed.

export type TemplatePart = { readonly text: string } | { readonly claim: string }

/** Because issuers name claims by URLs and URNs, too. */
const placeholder = /\{([A-Za-z0-9_.:/@-]+)\}/

/** The parts in their order, without empty texts; or what was expected in place of what is there. */
export function parseTemplate(
  template: string,
): { readonly parts: readonly TemplatePart[] } | { readonly problem: string } {
  const pieces = template.split(placeholder)
  const problem = pieces.length === 1 && !/[{}]/.test(template) ? noClaim : findProblem(pieces)
  if (problem !== undefined) return { problem }
  const parts = pieces.map((piece, at) => (at % 2 === 0 ? { text: piece } : { claim: piece }))
  return { parts: parts.filter((part) => !('text' in part) || part.text !== '') }
}

const noClaim = 'expected at least one claim in braces, such as {preferred_username}'

/** @param pieces texts and claim names in turn. */
function findProblem(pieces: readonly string[]): string | undefined {
  const texts = pieces.filter((_, at) => at % 2 === 0)
  if (texts.some((text) => /[{}]/.test(text))) {
    return 'expected braces around claim names alone, such as {preferred_username}; a brace that is meant goes into prefix or suffix'
  }
  // Because `${name}` and `%{name}` are how other programs write it, and would leave their sign in every value.
  if (texts.slice(0, -1).some((text) => /[$%#]$/.test(text))) {
    return 'expected {name}, without $, % or # in front; a sign that is meant goes into prefix'
  }
  if (texts.some((text) => /\p{C}/u.test(text))) {
    return 'expected text without line breaks and other control characters; for a backslash, use single quotes'
  }
  return undefined
}
