// What is changed about an application's answers. Nothing, unless it says so.

import { z } from 'zod'
import { fieldName } from './values.ts'

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    /^https?:\/\//.test(text) &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '' &&
    !/[?#]/.test(text)
  )
}

/** Origin and path, without a slash at the end. */
const baseUrl = z
  .string()
  .refine(isBaseUrl, {
    error:
      'expected an http(s) URL without query or credentials, such as http://app.internal:8080/shop',
  })
  .transform((text) => {
    const { origin, pathname } = new URL(text)
    return origin + pathname.replace(/\/+$/, '')
  })
  .meta({ title: 'http(s) URL, path allowed' })

const domain = z
  .string()
  .regex(
    /^\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
    'expected a lower-case domain, such as app.example.com',
  )
  .transform((text) => text.replace(/^\./, ''))
  .meta({ title: 'domain' })

const cookiePath = z
  .string()
  .regex(/^\/[!-:<-~]*$/, 'expected a path such as /shop')
  .transform((text) => text.replace(/\/+$/, ''))
  .meta({ title: 'path' })

/** RFC 9110 §5.5, of ASCII. */
const fieldValue = z
  .string()
  .regex(
    /^[!-~]([\t -~]*[!-~])?$/,
    'expected visible ASCII, without line breaks and without spaces at the ends',
  )
  .max(4096)
  .meta({ title: 'header value' })

const cookiesSchema = z.strictObject({
  domains: z
    .array(
      z.strictObject({
        from: domain.describe('The `Domain` that the application writes.'),
        to: domain
          .optional()
          .describe(
            'What browsers are told. Default: nothing, so that the cookie is for the public host alone.',
          ),
      }),
    )
    .default([])
    .describe('`Domain` of cookies; compared as a whole.'),
  paths: z
    .array(
      z.strictObject({
        from: cookiePath.describe(
          'Covers whole segments: `/shop` also `/shop/cart`, not `/shops`.',
        ),
        to: cookiePath.describe('What stands in its place.'),
      }),
    )
    .default([])
    .describe('`Path` of cookies; the first that covers it counts.'),
  secure: z
    .boolean()
    .optional()
    .describe(
      '`true` makes every cookie `Secure`; `false` none, for tests on plain http. Default: as the application says.',
    ),
  sameSite: z
    .enum(['strict', 'lax', 'none'])
    .optional()
    .describe('`SameSite` of every cookie. Default: as the application says.'),
})

export const responsesSchema = z.strictObject({
  locations: z
    .array(
      z.strictObject({
        from: baseUrl.describe(
          'Where the application believes itself to be. Scheme, host and port have to be equal, the path to cover whole segments.',
        ),
        to: baseUrl
          .optional()
          .describe('Where browsers find that. Default: `publicUrl` with the path of `from`.'),
      }),
    )
    .default([])
    .describe(
      'Absolute URLs in `Location`, `Content-Location` and `Refresh`; the first that covers one counts. Others, and relative ones, stay as they are.',
    ),
  cookies: cookiesSchema
    .prefault({})
    .describe('Attributes of the cookies that the application sets; names and values stay.'),
  headers: z
    .strictObject({
      set: z
        .record(fieldName, fieldValue)
        .default({})
        .describe('In place of what the application says under that name.'),
      remove: z.array(fieldName).default([]).describe('What clients are not told.'),
    })
    .prefault({})
    .describe("Header fields of the application's answers."),
})

export type ResponsesConfig = z.output<typeof responsesSchema>
