import { z } from 'zod'
import { filePath } from './values.ts'

const color = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, "expected a colour such as '#14594a', in quotes")
  .meta({ title: 'colour' })

export const pagesSchema = z.strictObject({
  title: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('The name of the application or the organisation, on every page of this gateway.'),
  logo: filePath
    .optional()
    .describe(
      'Image on every page of this gateway, in place of the name: SVG, PNG, JPEG, WebP or GIF, 64 KiB at the most.',
    ),
  colors: z
    .strictObject({
      accent: color.optional().describe('Of buttons and edges. Default: a dark green.'),
      accentDark: color
        .optional()
        .describe('The same, where the browser is set to dark. Default: `accent`.'),
    })
    .prefault({})
    .describe('Text on them is black or white, whichever is easier to read.'),
  messages: filePath
    .optional()
    .describe(
      'YAML or JSON with the words of the sign-in form by language tag: further languages, or other words for `en` and `zh-Hans`. All other pages are in English or Chinese.',
    ),
  template: filePath
    .optional()
    .describe(
      'HTML in place of the whole page with the sign-in form, with places such as `{{action}}` in it.',
    ),
})

export type PagesConfig = z.output<typeof pagesSchema>
