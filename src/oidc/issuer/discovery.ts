// The issuer that people sign in at, as its metadata describe it, with the client of openid-client for it.

import {
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  None,
  allowInsecureRequests,
  clockTolerance,
  customFetch,
  type ClientAuth,
} from 'openid-client'
import type { Provider, SignInProvider } from '../../config/config.ts'
import {
  createBackgroundReading,
  type BackgroundReading,
  type ReadingOptions,
} from './backgroundReading.ts'
import type { IssuerFetch } from './issuerFetch.ts'
import { acceptedAlgorithms, type IssuerMetadata } from './issuerMetadata.ts'

/** The issuer as its metadata describe it; replaced whole at every reading. */
export interface Issuer {
  readonly metadata: IssuerMetadata
  /** Of ID Tokens. */
  readonly algorithms: readonly string[]
  /** The client of openid-client for these metadata. */
  readonly configuration: Configuration
}

export type Discovery = BackgroundReading<Issuer>

export interface DiscoveryOptions extends ReadingOptions {
  readonly provider: SignInProvider
}

export function createDiscovery(options: DiscoveryOptions): Discovery {
  return createBackgroundReading(options, (metadata) => toIssuer(metadata, options))
}

function toIssuer(metadata: IssuerMetadata, { provider, fetch }: DiscoveryOptions): Issuer {
  const algorithms = acceptedAlgorithms(metadata, provider)
  return { metadata, algorithms, configuration: toClient(provider, metadata, fetch) }
}

/** The client of openid-client that calls by `fetch`. */
export function toClient(
  provider: SignInProvider,
  metadata: IssuerMetadata,
  fetch: IssuerFetch,
): Configuration {
  const algorithms = acceptedAlgorithms(metadata, provider)
  const configuration = new Configuration(
    { ...metadata, id_token_signing_alg_values_supported: algorithms },
    provider.clientId,
    // Because the library judges times by the system's clock: idToken.ts does it, by ours.
    { [clockTolerance]: Number.MAX_SAFE_INTEGER },
    toClientAuthentication(provider),
  )
  configuration[customFetch] = fetch
  // Because issuerFetch.ts decides about plain http, for every call alike.
  allowInsecureRequests(configuration)
  return configuration
}

/** How the issuer is told who calls: by the secret as it is at the moment of the call. */
export function toClientAuthentication({
  clientSecret,
  clientAuthentication,
}: Provider): ClientAuth {
  if (clientSecret === undefined || clientAuthentication === 'none') return None()
  const by = clientAuthentication === 'client_secret_post' ? ClientSecretPost : ClientSecretBasic
  return (...parameters) => by(clientSecret.reveal())(...parameters)
}
