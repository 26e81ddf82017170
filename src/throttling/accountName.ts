// One name for all spellings of an account, and one for all addresses of a network, so that a counter cannot be
// had anew by writing the same thing in another way. Two accounts that fall together merely share a counter.

// Threat: directories and databases compare without case, width, accents and outer space, or drop what is not seen.
// Of the marks, those that belong to no script: what an accent is to a letter, a vowel is in others.
const unseen =
  /[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Script=Inherited}\p{Me}]/gu

/** For counting alone: what the issuer is sent stays as it was typed. */
export function foldAccountName(name: string): string {
  // Because `ẞ` meets `ß` in lower case, `ß` meets `ss` in upper case, and a mark may be a letter in the other case.
  const folded = name.normalize('NFKD').toLowerCase().toUpperCase()
  return folded.normalize('NFKD').replace(unseen, '').toLowerCase().normalize('NFC')
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
