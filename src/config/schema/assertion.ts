import { z } from 'zod'
import { duration, minute, second } from './amounts.ts'
import { filePath } from './values.ts'

/** The top-level setting: what signs. */
export const assertionSchema = z.strictObject({
  keys: z
    .array(z.strictObject({ file: filePath.describe('A private JWK, or PEM without password.') }))
    .min(1)
    .describe(
      'Files with private keys: P-256, from `postern keygen --assertion`, or Ed25519. The first signs, all are published at `/.postern/jwks`. A file that changes is read again within seconds; the key before stays published for 15 minutes.',
    ),
})

/** What one identity setting wants to be signed. */
export const identityAssertionSchema = z.strictObject({
  claims: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Claims of the caller that are in it besides `sub`, `idp`, `kind` and `client_id`; `scope` is the scopes, `groups` what `require.groups` reads.',
    ),
  lifetime: duration(10 * second, 5 * minute)
    .prefault('5m')
    .describe(
      'How long it can be shown; a new one is signed halfway. Whoever gets hold of one can use it for so long.',
    ),
})

export type IdentityAssertionConfig = z.output<typeof identityAssertionSchema>
