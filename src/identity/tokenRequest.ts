// By which client an upstream's token is asked for, and for what: as it is at the moment of the request, since
// secrets may change meanwhile.

import type { Provider, TokenCredentials } from '../config/config.ts'
import type { WatchSecrets } from '../config/secrets/secretFiles.ts'
import type { ClientCredentialsRequest } from '../oidc/clientCredentials/clientCredentialsGrant.ts'

export function createTokenRequest(
  credentials: TokenCredentials,
  provider: Provider,
  watch: WatchSecrets,
): () => ClientCredentialsRequest {
  const findClient = createClient(credentials, provider, watch)
  const { scopes, resource, audience } = credentials
  const clientAuthentication =
    provider.clientAuthentication === 'client_secret_post'
      ? 'client_secret_post'
      : 'client_secret_basic'
  return () => ({ ...findClient(), clientAuthentication, scopes, resource, audience })
}

type Client = Pick<ClientCredentialsRequest, 'clientId' | 'clientSecret'>

function createClient(
  { client }: TokenCredentials,
  { id: providerId, clientId, clientSecret }: Provider,
  watch: WatchSecrets,
): () => Client {
  if (client !== undefined) {
    const { id, secret } = client
    watch([id, secret])
    return () => ({ clientId: id.reveal(), clientSecret: secret })
  }
  if (clientId === undefined || clientSecret === undefined) {
    throw new Error(`provider ${providerId} has no client that could ask for a token`)
  }
  return () => ({ clientId, clientSecret })
}
