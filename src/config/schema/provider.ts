import { z } from 'zod'
import { asymmetricAlgorithms } from './algorithms.ts'
import { bearerSchema } from './bearer.ts'
import { passwordSchema } from './password.ts'
import { clientCredentialsSchema } from './clientCredentials.ts'
import { scopeToken } from './scopeToken.ts'
import { identifier, secret } from './values.ts'

function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '' &&
    !text.includes('/.well-known/')
  )
}

const issuer = z
  .string()
  .refine(isIssuer, {
    error:
      'expected the issuer URL as the issuer writes it, without query, fragment or /.well-known/ path',
  })
  .meta({ title: 'issuer URL' })

export const providerSchema = z.strictObject({
  id: identifier.describe('The name of this provider in routes, logs and `login?provider=`.'),
  displayName: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('What people read on the chooser page. Default: the id.'),
  issuer: issuer.describe(
    'Issuer identifier; its metadata is read from `/.well-known/openid-configuration`.',
  ),
  clientId: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What the issuer calls this gateway. Needed where people sign in, and where the issuer is asked about tokens.',
    ),
  clientSecret: secret
    .optional()
    .describe('Absent for a public client, which has none. A file is read again when it changes.'),
  clientAuthentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .optional()
    .describe(
      'How the token endpoint is told who calls. Default: `client_secret_basic` with a secret, `none` without.',
    ),
  signIn: z
    .boolean()
    .optional()
    .describe('Whether people sign in here. Default: where there is a `clientId`.'),
  responseType: z
    .literal('code')
    .default('code')
    .describe('The authorization code flow; PKCE with S256 is always on.'),
  scopes: z
    .array(scopeToken)
    .default(['openid', 'profile', 'email'])
    .describe('Must contain `openid`.'),
  authorizationParameters: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Further parameters of the authorization request, such as `prompt`, `acr_values` or `resource`.',
    ),
  idTokenAlgorithms: z
    .array(z.enum([...asymmetricAlgorithms, 'HS256']))
    .min(1)
    .optional()
    .describe(
      'Signature algorithms accepted on ID Tokens. Default: the asymmetric ones that the issuer announces.',
    ),
  claims: z
    .strictObject({
      groups: z
        .string()
        .default('groups')
        .describe(
          'The claim that `require.groups` reads and the groups header of a preset carries; a dot steps into an object.',
        ),
      roles: z
        .string()
        .default('roles')
        .describe('The claim that `require.roles` reads; a dot steps into an object.'),
    })
    .prefault({})
    .describe('Which claims of this issuer hold what a route may require.'),
  scopeWildcards: z
    .boolean()
    .default(false)
    .describe(
      'This issuer grants scopes such as `book:*:read`, where `*` stands for whole segments: GenAuth does. Otherwise `*` is a character like any other.',
    ),
  password: passwordSchema
    .optional()
    .describe(
      'Takes user names and passwords on routes that `authenticate: [password]`, and sends them to the token endpoint. Off unless it is here: RFC 9700 §2.4 says not to.',
    ),
  bearer: bearerSchema
    .optional()
    .describe('Accepts access tokens of this issuer on routes that `authenticate: [bearer]`.'),
  clientCredentials: clientCredentialsSchema
    .optional()
    .describe(
      'Gets tokens here for callers who send a client id and a secret to routes that `authenticate: [client-credentials]`.',
    ),
})

export type ProviderConfig = z.output<typeof providerSchema>
