// One name for all spellings of an account, and one for all addresses of a network, so that a counter cannot be
// had anew by writing the same thing in another way. Two accounts that fall together merely share a counter.

// Threat: directories and databases compare without case, width, accents and outer space, drop what is not seen, and
// know marks of all scripts as accents, whatever letter they stand on. The one mark left is a letter in the other case.
const unseen =
  /(?!\u0345)[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Mark}\u0640]/gu

// Because nobody's name is longer, and normalising takes its time.
const maxLength = 1000

/** For counting alone: what the issuer is sent stays as it was typed. */
export function foldAccountName(name: string): string {
  // Threat: marks in a row are sorted by comparing each with all before it; 64 KB of them would take a second.
  const seen = name.replace(unseen, '').slice(0, maxLength)
  // Because `ẞ` meets `ß` in lower case, `ß` meets `ss` in upper case, and a mark may be a letter in the other case.
  const folded = seen.normalize('NFKD').toLowerCase().toUpperCase().normalize('NFKD')
  const plain = folded.replace(unseen, '').toLowerCase().replace(kinOfPlain, toPlain)
  return plain.normalize('NFC')
}

/** Letters and figures that no normal form makes plain, and collations such as utf8mb4_0900_ai_ci do: `ø`, `٣`, `🅰`. */
const kinOfPlain = /(?!\p{ASCII})[\p{Script=Latin}\p{Number}\u{1f100}-\u{1f1ff}]/gu
const collator = new Intl.Collator('und', { sensitivity: 'base' })
const plainTexts =
  '0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v w x y z aa ae ao au av ay dz oe oo th ts tz vy'.split(
    ' ',
  )
const known = new Map<string, string>()

function toPlain(character: string): string {
  let plain = known.get(character)
  if (plain === undefined) {
    plain = plainTexts.find((text) => collator.compare(text, character) === 0) ?? character
    known.set(character, plain)
  }
  return plain
}

/** IPv4 addresses as they are, also in their IPv6 dress; of IPv6 the /64, which is what one household is given. */
export function foldAddress(address: string): string {
  if (!address.includes(':')) return address
  const plain = address.split('%', 1)[0]!.toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  return mapped?.[1] ?? `${toGroups(plain).slice(0, 4).join(':')}::/64`
}

function toGroups(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ''))
}
