// Text in lower or upper case. Knows no locale, and no neighbours of a letter, so that the same name looks the same
// wherever the gateway runs. Runs once per principal, not per request.

export type LetterCase = 'lower' | 'upper'

/**
 * Threat: the dotless i has the capital of i, the Kelvin sign is a small k, and ß becomes SS: by such a letter one
 * person's name would be another's. Only letters that come back the same way are changed; the others stay.
 */
export function toLetterCase(text: string, letterCase: LetterCase): string {
  const [change, changeBack] = letterCase === 'lower' ? [toLower, toUpper] : [toUpper, toLower]
  let changed = ''
  for (const letter of text) {
    const other = change(letter)
    changed += changeBack(other) === letter ? other : letter
  }
  return changed
}

const toLower = (text: string): string => text.toLowerCase()
const toUpper = (text: string): string => text.toUpperCase()
