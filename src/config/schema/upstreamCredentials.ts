import { z } from 'zod'
import { scopeToken } from './scopeToken.ts'
import { identifier, secret } from './values.ts'

/** RFC 8707 §2: an absolute URI without fragment. */
const resourceUri = z
  .string()
  .refine((text) => URL.canParse(text) && !text.includes('#'), {
    error: 'expected an absolute URI without fragment, such as https://api.example.com',
  })
  .meta({ title: 'URI' })

/** What is asked of the token endpoint, and by which client. */
const tokenRequest = {
  provider: identifier.describe('Whose token endpoint is asked: the id of one of `providers`.'),
  clientId: secret
    .optional()
    .describe(
      'Written out, or from a file or variable like a secret. Default: those of the provider, `clientSecret` included.',
    ),
  clientSecret: secret
    .optional()
    .describe('Goes with `clientId`. From a file, it is read again when the file changes.'),
  scopes: z
    .array(scopeToken)
    .default([])
    .describe('Those that the token is to have; `[]` leaves it to the issuer.'),
  resource: resourceUri.optional().describe('The API that the token is for (RFC 8707).'),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe('The same for issuers that have a parameter of this name for it.'),
}

const typed = <T extends string>(type: T, description: string) =>
  z.literal(type).describe(description)

export const upstreamCredentialsSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: typed('none', 'nothing.') }),
  z.strictObject({
    type: typed(
      'access-token',
      "the caller's own access token: that of the session while it lives, the bearer token, or the one that was obtained for an id and a secret.",
    ),
  }),
  z.strictObject({
    type: typed(
      'client-credentials',
      'a token that Postern gets for itself, renewed before it ends.',
    ),
    ...tokenRequest,
  }),
  z.strictObject({
    type: typed(
      'token-exchange',
      "a token for this upstream in exchange for the caller's access token (RFC 8693).",
    ),
    ...tokenRequest,
  }),
  z.strictObject({
    type: typed('basic', 'a user name out of a claim, and one password for all.'),
    userClaim: z
      .string()
      .min(1)
      .default('sub')
      .describe('The claim that holds the user name; who has none is refused.'),
    password: secret.describe(
      'The password of every user. From a file, it is read again when the file changes.',
    ),
  }),
])

export type UpstreamCredentialsConfig = z.output<typeof upstreamCredentialsSchema>
