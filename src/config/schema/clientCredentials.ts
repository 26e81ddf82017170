import { z } from 'zod'
import { scopeToken } from './scopeToken.ts'
import { duration, hour, minute, second } from './amounts.ts'

/** Of a provider. */
export const clientCredentialsSchema = z.strictObject({
  clientAuthentication: z
    .enum(['client_secret_basic', 'client_secret_post'])
    .default('client_secret_basic')
    .describe('How the token endpoint is told the id and the secret of the caller.'),
  resource: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The API that tokens are asked for (RFC 8707); with `bearer` one of its `audiences`, at most issuers.',
    ),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe('The same for issuers that want a parameter of that name.'),
  parameters: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('Further parameters of the token request.'),
  cacheTime: duration(second, 24 * hour)
    .prefault('10m')
    .describe(
      'How long a token is used before the credentials are tried again, at most until it ends: the longest that a withdrawn secret can go on.',
    ),
  negativeCacheTime: duration(0, 5 * minute)
    .prefault('5s')
    .describe('How long refused credentials are refused without asking.'),
  timeout: duration(100, minute).prefault('10s').describe('For one call, answer included.'),
})

/** Of a route. */
export const routeClientCredentialsSchema = z.strictObject({
  scopes: z
    .array(scopeToken)
    .describe(
      'What the issuer is asked for on behalf of the caller; `[]` leaves it to the issuer what it grants.',
    ),
})

export type ClientCredentialsConfig = z.output<typeof clientCredentialsSchema>
