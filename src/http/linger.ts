import type { Milliseconds } from '../time.ts'

/**
 * How long a connection is still read after its last answer. Because a socket that is closed with unread bytes
 * is reset, and a reset can overtake the answer.
 *
 * @see RFC 9112 §9.6
 */
export const lingerMs: Milliseconds = 1000
