// Ids by which a refusal is found in the log. Hot: one addition and a few concatenations a request, since
// `toString(16)` of a number beyond 31 bits costs more than twice as much; measured by `npm run bench`.

import { randomBytes } from 'node:crypto'

const pairs = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))
const prefix = randomBytes(4).toString('hex')

// Because a count that goes up by one would tell strangers how much traffic there is; an odd step comes back
// to its start only after all numbers.
const step = randomBytes(4).readInt32BE() | 1
let current = randomBytes(4).readInt32BE()

/** 16 hexadecimal digits: eight of this process, eight that come again after 4,294,967,296 requests. No secret. */
export function createRequestId(): string {
  current = (current + step) | 0
  return (
    prefix + toPair(current >>> 24) + toPair(current >> 16) + toPair(current >> 8) + toPair(current)
  )
}

function toPair(bits: number): string {
  return pairs[bits & 0xff]!
}
