import { z } from 'zod'

/** RFC 6749 §3.3: one scope. Because several are written in one value, between spaces or between quotes. */
export const scopeToken = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected one scope, without spaces and quotes')
  .meta({ title: 'scope' })
