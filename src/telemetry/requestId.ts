// Ids by which a refusal is found in the log. Hot: one addition and one concatenation a request; measured by
// `npm run bench`.

import { randomBytes } from 'node:crypto'

const all = 2 ** 32
const prefix = randomBytes(4).toString('hex')

// Because a count that goes up by one would tell strangers how much traffic there is; an odd step comes back
// to its start only after all numbers.
const step = randomBytes(4).readUInt32BE() | 1
let current = randomBytes(4).readUInt32BE()

/** 16 hexadecimal digits: eight of this process, eight that come again after 4,294,967,296 requests. No secret. */
export function createRequestId(): string {
  current = (current + step) >>> 0
  return prefix + (all + current).toString(16).slice(1)
}
