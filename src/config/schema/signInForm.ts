// An application's own sign-in form: what is in it, and what comes of it.

import { z } from 'zod'
import { byteSize } from './amounts.ts'
import { identifier, placeOfOurs, secret } from './values.ts'

export const formTypes = [
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json',
] as const

/** Encodings that old pages have and this runtime can read; each has ASCII as it is. */
const charsets = [
  'utf-8',
  'gb18030',
  'gbk',
  'big5',
  'shift_jis',
  'euc-jp',
  'euc-kr',
  'windows-1250',
  'windows-1251',
  'windows-1252',
] as const

/** Why a sign-in by form came to nothing, in the words that an application's page is told. */
export const failureReasons = [
  'wrong_credentials',
  'incomplete',
  'throttled',
  'rate_limited',
  'account_locked',
  'password_expired',
  'mfa_required',
  'unavailable',
  'misconfigured',
] as const

const formField = z.string().min(1).max(200).meta({ title: 'name of a form field' })

/** What an application is told. */
const plainText = z
  .string()
  .max(200)
  .regex(/^[!-~]([ -~]*[!-~])?$/, 'expected visible ASCII, without spaces at the ends')

const successSchema = z.strictObject({
  redirect: placeOfOurs.optional().describe('Where the browser goes. Default: `/`.'),
  redirectField: formField
    .optional()
    .describe(
      'The field of the form that says where to go instead, where its value is a place of this site. Without it, the same parameter counts in the address that the form is sent to, in that of its page, as the browser names it (`Referer`), and with `page: sign-in` in that of the page that is asked for.',
    ),
  replay: z
    .strictObject({
      user: z
        .string()
        .min(1)
        .optional()
        .describe(
          'The claim that takes the place of the name that was typed, for an application that looks its accounts up by it. Default: what was typed stays.',
        ),
      password: secret
        .optional()
        .describe(
          'What takes the place of the password: that of every account, where the application has accounts of its own. Long, random, and known to nobody. Visible ASCII. A file is read again when it changes. Default: the field is removed.',
        ),
    })
    .optional()
    .describe(
      'In place of a redirect, the form goes on to the application, as a request of the person who has just signed in: with identity headers, and without the password. It is written anew; all other values stay, byte for byte.',
    ),
})

const failureSchema = z.strictObject({
  redirect: placeOfOurs
    .optional()
    .describe(
      "The application's page that a person is sent back to, such as `/login`. Scripts are answered in JSON all the same. Default: a page of this gateway.",
    ),
  parameter: formField
    .default('error')
    .describe('The parameter of `redirect` that says what was wrong.'),
  values: z
    .partialRecord(z.enum(failureReasons), plainText.min(1).meta({ title: 'text' }))
    .default({})
    .describe(
      "What the parameter says, where the application knows other words: `{ wrong_credentials: '1' }`. Default: the reason itself.",
    ),
})

export const signInFormSchema = z.strictObject({
  user: formField.describe('The field that the user name is typed into.'),
  password: formField.describe('The field that the password is typed into.'),
  provider: identifier
    .optional()
    .describe(
      'Whose people sign in: the id of a provider with `password`. Needed where there is more than one.',
    ),
  contentTypes: z
    .array(z.enum(formTypes))
    .min(1)
    .default([...formTypes])
    .describe('How the form may be sent; anything else is 415.'),
  charset: z
    .enum(charsets)
    .default('utf-8')
    .describe('How the page with the form is encoded. JSON is always UTF-8.'),
  maxSize: byteSize(256, 16 * 1024 ** 2)
    .prefault('64KiB')
    .describe('The largest form that is read; a larger one is 413.'),
  success: successSchema.prefault({}).describe('What comes of the right password.'),
  failure: failureSchema.prefault({}).describe('What comes of anything else.'),
  page: z
    .enum(['application', 'sign-in'])
    .default('application')
    .describe(
      "What who opens the form's address is shown: `application`: the application's own page, as `access` says. `sign-in`: the issuer's, or this gateway's form with `authenticate: [password]`, and afterwards `success.redirect`.",
    ),
})

export type SignInFormConfig = z.output<typeof signInFormSchema>
export type FormType = (typeof formTypes)[number]
export type FailureReason = (typeof failureReasons)[number]
