import { z } from 'zod'
import { asymmetricAlgorithms } from './algorithms.ts'
import { day, duration, hour, minute, second } from './amounts.ts'
import { filePath } from './values.ts'

const introspectionSchema = z.strictObject({
  answer: z
    .enum(['json', 'jwt'])
    .default('json')
    .describe(
      'What the issuer is asked for: plain JSON, or a JWT that it has signed (RFC 9701); the other one is then refused.',
    ),
  cacheTime: duration(0, hour)
    .prefault('30s')
    .describe(
      'How long a good answer counts, at most until the token ends: the longest that a revoked token can go on. `0s` asks every time.',
    ),
  negativeCacheTime: duration(0, 5 * minute)
    .prefault('5s')
    .describe('How long a refused token is refused without asking.'),
  timeout: duration(100, minute).prefault('10s').describe('For one call, answer included.'),
})

const dpopSchema = z.strictObject({
  required: z
    .boolean()
    .default(false)
    .describe(
      'Refuses tokens that are bound to no key. Otherwise those pass as bearer tokens; a token that is bound never does.',
    ),
  nonce: z
    .boolean()
    .default(false)
    .describe(
      'Hands callers a value that each proof has to contain, so that no proof can be made ahead, and the clock of a caller does not matter. Each caller is sent back once to begin with. Replicas need the same `sessions.keys`.',
    ),
  maxAge: duration(second, 10 * minute)
    .prefault('1m')
    .describe(
      'How old a proof may be: by its nonce, or else by its own `iat`, with `clockSkew`. Proofs are remembered for as long, so that none counts twice.',
    ),
  algorithms: z
    .array(z.enum(asymmetricAlgorithms))
    .min(1)
    .default([...asymmetricAlgorithms])
    .describe('Signature algorithms that are accepted on proofs.'),
})

export const bearerSchema = z.strictObject({
  validation: z
    .enum(['jwt', 'introspection', 'both'])
    .default('jwt')
    .describe(
      '`jwt` verifies the signature with the keys of the issuer; `introspection` asks it about each token; `both` verifies first, then asks, so that a revoked JWT is refused.',
    ),
  audiences: z
    .array(z.string().min(1))
    .min(1)
    .describe('A token must be meant for one of these; one that is for nobody is refused.'),
  algorithms: z
    .array(z.enum(asymmetricAlgorithms))
    .min(1)
    .default([...asymmetricAlgorithms])
    .describe('Signature algorithms that are accepted. None of them has a shared secret.'),
  types: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9.+_-]*$/, 'expected a type in lower case, such as at+jwt')
        .meta({ title: 'token type' }),
    )
    .min(1)
    .default(['at+jwt', 'jwt'])
    .describe('Values of `typ` that are accepted; a JWT without one counts as `jwt`.'),
  maximumLifetime: duration(second, 366 * day)
    .optional()
    .describe('A token that is to live longer, or does not say since when, is refused.'),
  requiredClaims: z
    .record(
      z.string().min(1),
      z
        .array(
          z.union([z.string(), z.number(), z.boolean()], {
            error: 'expected text, a number, true or false',
          }),
        )
        .meta({ title: 'list of values' }),
    )
    .default({})
    .describe('Claim name to values, one of which the claim must hold; `[]` takes any value.'),
  keysFile: filePath
    .optional()
    .describe(
      'File with a JWK Set, read again when it changes. Default: the keys that the issuer publishes.',
    ),
  certificateBound: z
    .enum(['when-bound', 'required'])
    .default('when-bound')
    .describe(
      'A token that is bound to a certificate (RFC 8705) counts only where the caller has shown that one; `required` refuses all others, too. `listen` says where certificates come from.',
    ),
  dpop: dpopSchema
    .optional()
    .describe(
      'Accepts tokens that are bound to a key of the caller (RFC 9449), who proves with each request to have it. Default: such tokens are refused.',
    ),
  introspection: introspectionSchema.prefault({}).describe('How the issuer is asked (RFC 7662).'),
})

export type BearerConfig = z.output<typeof bearerSchema>
export type DpopConfig = z.output<typeof dpopSchema>
