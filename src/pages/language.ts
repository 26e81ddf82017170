// Which language a browser gets, by what it says that its person reads (RFC 9110 §12.5.4). `zh-CN` and `zh-SG` are
// met by `zh-Hans`, `zh-TW` is not: who reads one script may not read the other.

const maxRanges = 20

interface Range {
  readonly tag: string
  readonly weight: number
}

/** One of `tags`, the first where none fits. */
export function chooseLanguage<Tag extends string>(
  acceptLanguage: string | undefined,
  tags: readonly Tag[],
): Tag {
  for (const { tag } of parseRanges(acceptLanguage ?? '')) {
    const found = tag === '*' ? tags[0] : findFitting(tag, tags)
    if (found !== undefined) return found
  }
  return tags[0]!
}

function parseRanges(text: string): Range[] {
  return text
    .split(',', maxRanges)
    .map(parseRange)
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
}

function parseRange(text: string): Range {
  const [tag = '', ...parameters] = text.split(';').map((part) => part.trim())
  const weight = parameters.find((parameter) => /^q=/i.test(parameter))
  return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
}

function findFitting<Tag extends string>(wanted: string, tags: readonly Tag[]): Tag | undefined {
  const locale = toLocale(wanted)
  if (locale === undefined) return undefined
  const same = tags.find((tag) => tag.toLowerCase() === wanted.toLowerCase())
  return same ?? tags.find((tag) => isReadableAs(locale, toLocale(tag)))
}

/** With the script that is usual where the tag names none. */
function toLocale(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag).maximize()
  } catch {
    return undefined
  }
}

function isReadableAs(one: Intl.Locale, other: Intl.Locale | undefined): boolean {
  return one.language === other?.language && one.script === other.script
}
