// What a route may require of whoever calls: conditions that must all hold, and rules made of rules.

import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'expected text, a number, true or false',
})

// Because it is written into the challenge between quotes.
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected one scope, without spaces and quotes')
  .meta({ title: 'scope' })

/** `[a, b]` is short for `{ allOf: [a, b] }`. */
const valueRule = <T extends z.ZodType>(value: T) =>
  z
    .union(
      [
        z.array(value).min(1),
        z
          .strictObject({
            anyOf: z.array(value).min(1).optional(),
            allOf: z.array(value).min(1).optional(),
          })
          .refine((rule) => rule.anyOf !== undefined || rule.allOf !== undefined, {
            error: 'expected anyOf, allOf or both',
          }),
      ],
      { error: 'expected a list, { anyOf: [...] } or { allOf: [...] }' },
    )
    .meta({ title: 'values' })

const conditions = {
  principal: z
    .enum(['person', 'client'])
    .optional()
    .describe('Who calls: a `person`, or a `client` with a token of its own.'),
  groups: valueRule(z.string())
    .optional()
    .describe("Groups of the person, out of the claim that the provider's `claims.groups` names."),
  roles: valueRule(z.string())
    .optional()
    .describe("Roles of the person, out of the claim that the provider's `claims.roles` names."),
  scopes: valueRule(scope)
    .optional()
    .describe("Scopes that the issuer granted; with the provider's `scopeWildcards`, by segment."),
  audience: valueRule(z.string().min(1))
    .optional()
    .describe('Whom the access token is for, `aud`. A session has none.'),
  clientIds: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Clients, one of which the access token was issued to, `client_id`. A session has none.',
    ),
  claims: z
    .record(z.string().min(1), valueRule(scalar))
    .optional()
    .describe(
      'Any claim by name; a dot steps into an object. A claim that is an array holds each of its entries.',
    ),
  missingClaims: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Claims that must not be there at all. Otherwise a missing claim satisfies nothing.'),
}

type Conditions = z.output<z.ZodObject<typeof conditions>>

/** All that it says must hold. */
export interface RuleConfig extends Conditions {
  allOf?: RuleConfig[] | undefined
  anyOf?: RuleConfig[] | undefined
  not?: RuleConfig | undefined
}

const isNotEmpty = (rule: RuleConfig): boolean => Object.keys(rule).length > 0
const atLeastOne = { error: 'expected at least one condition' }

/** A rule inside a rule. */
const innerRuleSchema: z.ZodType<RuleConfig, RuleConfig> = z
  .strictObject({
    ...conditions,
    get allOf() {
      return z.array(innerRuleSchema).min(1).optional()
    },
    get anyOf() {
      return z.array(innerRuleSchema).min(1).optional()
    },
    get not() {
      return innerRuleSchema.optional()
    },
  })
  .refine(isNotEmpty, atLeastOne)
  .meta({ id: 'rule', title: 'rule' })

export const requireSchema = z
  .strictObject({
    ...conditions,
    allOf: z
      .array(innerRuleSchema)
      .min(1)
      .optional()
      .describe('Rules like this one, all of which must hold.'),
    anyOf: z
      .array(innerRuleSchema)
      .min(1)
      .optional()
      .describe('Rules like this one, one of which must hold.'),
    not: innerRuleSchema
      .optional()
      .describe('A rule like this one, which must be known not to hold.'),
  })
  .refine(isNotEmpty, atLeastOne)
