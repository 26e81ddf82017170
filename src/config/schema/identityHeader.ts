// What one identity header says: a claim as it is, or text that is made of claims.

import { z } from 'zod'
import { parseCapture } from '../capture/parseCapture.ts'
import { parseTemplate } from '../claimTemplate.ts'

/** How a value is written that a field cannot carry as it is. */
export const encodings = ['percent', 'rfc8187', 'base64url', 'utf-8'] as const

/** Text of the operator's own. Because a line break in it is a slip of the pen, none is encoded. */
const literalText = z
  .string()
  .min(1)
  .regex(/^\P{C}*$/u, 'expected text without line breaks and other control characters')
  .meta({ title: 'text' })

const template = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseTemplate(text)
    if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem })
  })
  .meta({ title: 'text with {claims}' })

const capture = z
  .string()
  .superRefine((source, context) => {
    const parsed = parseCapture(source)
    if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem })
  })
  .meta({ title: 'regular expression' })

const separator = z
  .string()
  .regex(
    /^([!#$&()*+./:;<=>?@[\\\]^`{|}~,] ?| )$/,
    'expected one of ! # $ & ( ) * + , . / : ; < = > ? @ [ \\ ] ^ ` { | } ~, which a space may follow, or a space',
  )
  .meta({ title: 'separator' })

/** Applies to each entry of a list. */
export const headerRuleSchema = z
  .strictObject({
    claim: z
      .string()
      .min(1)
      .optional()
      .describe('The name of the claim. Either this or `template`.'),
    template: template
      .optional()
      .describe(
        'Text with claims in braces: `CORP\\{preferred_username}`. What a claim holds is never read as a placeholder.',
      ),
    capture: capture
      .optional()
      .describe(
        'Takes out of the claim what the one group in parentheses matches: `^([^@]+)@`. No match is like no claim.',
      ),
    case: z
      .enum(['lower', 'upper'])
      .optional()
      .describe(
        'Writes claims in lower or upper case, by the rules of no language in particular. Letters that would not come back as they were stay: `ß`, `ı`.',
      ),
    prefix: literalText.optional().describe('Text in front.'),
    suffix: literalText.optional().describe('Text behind.'),
    default: literalText
      .optional()
      .describe('The whole value where a claim is missing. Without it there is no header then.'),
    separator: separator
      .optional()
      .describe(
        'Stands between the entries of a list; inside an entry it is encoded. A single value is then a list of one. Default: that of the preset for its own headers, else `,` for what is a list.',
      ),
    quoted: z
      .boolean()
      .optional()
      .describe(
        'Puts each entry into double quotes, and encodes those inside. Default: `true` for `iv-groups` of the preset `webseal`, else `false`.',
      ),
    encoding: z.enum(encodings).optional().describe('Default: the `encoding` beside `headers`.'),
  })
  .refine(({ claim, template: text }) => (claim === undefined) !== (text === undefined), {
    error: 'expected either claim or template',
  })
  .refine(({ capture: source, template: text }) => source === undefined || text === undefined, {
    error: 'expected capture beside claim, not beside template',
  })
  .meta({ title: 'header' })

export type HeaderRule = z.output<typeof headerRuleSchema>
export type Encoding = (typeof encodings)[number]
