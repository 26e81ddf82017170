// The issuer's metadata (OpenID Connect Discovery 1.0 §3), as far as it is used here, checked before any of
// it is believed. It is taken whole or not at all.

import { z } from 'zod'
import type { Provider } from '../../config/config.ts'
import { AnswerInvalid } from './faults.ts'

const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  userinfo_endpoint: z.string().exactOptional(),
  end_session_endpoint: z.string().exactOptional(),
  introspection_endpoint: z.string().exactOptional(),
  id_token_signing_alg_values_supported: z.array(z.string()).default(['RS256']),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
})

export type IssuerMetadata = z.output<typeof metadataSchema>

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'end_session_endpoint',
  'introspection_endpoint',
] as const

/** Where the metadata of an issuer is. RFC 8414 §3.1 does it differently; OpenID Connect appends. */
export function toMetadataUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** @throws AnswerInvalid with the exact reason */
export function parseIssuerMetadata(value: unknown, issuer: string): IssuerMetadata {
  const parsed = metadataSchema.safeParse(value)
  if (!parsed.success) throw new AnswerInvalid(`metadata: ${firstProblem(parsed.error)}`)
  const metadata = parsed.data
  // OpenID Connect Discovery 1.0 §4.3: exactly equal. Threat: one issuer that speaks for another.
  if (metadata.issuer !== issuer) {
    throw new AnswerInvalid(
      `metadata: issuer is ${JSON.stringify(metadata.issuer.slice(0, 200))}, configured is ${JSON.stringify(issuer)}`,
    )
  }
  for (const name of endpoints) checkEndpoint(name, metadata[name], issuer)
  return metadata
}

function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`
}

function checkEndpoint(name: string, value: string | undefined, issuer: string): void {
  if (value === undefined) return
  const url = URL.parse(value)
  // Threat: one endpoint over plain http gives away what all the others protect.
  const schemes = issuer.startsWith('https:') ? ['https:'] : ['https:', 'http:']
  if (url === null || !schemes.includes(url.protocol)) {
    throw new AnswerInvalid(`metadata: ${name} is not an ${schemes[0]}// URL`)
  }
  if (url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new AnswerInvalid(`metadata: ${name} has a fragment or credentials`)
  }
}

const asymmetricAlgorithms = new Set(
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' '),
)

/**
 * The signature algorithms that an ID Token of this provider may have.
 * Threat: `none`, and a public key taken for an HMAC secret. HS256 is accepted only where the operator
 * writes it.
 */
export function acceptedAlgorithms(metadata: IssuerMetadata, provider: Provider): string[] {
  if (provider.idTokenAlgorithms !== undefined) return [...provider.idTokenAlgorithms]
  const announced = metadata.id_token_signing_alg_values_supported
  const accepted = announced.filter((algorithm) => asymmetricAlgorithms.has(algorithm))
  if (accepted.length > 0) return accepted
  throw new AnswerInvalid('metadata: no asymmetric algorithm is announced for ID Tokens')
}
