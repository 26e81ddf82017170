// By which client an upstream's token is asked for, and for what: as it is at the moment of the request, since
// secrets may change meanwhile.

import type { Provider, TokenCredentials } from '../config/config.ts'
import type { SecretFiles } from '../config/secretFiles.ts'
import type { ClientCredentialsRequest } from '../oidc/clientCredentialsGrant.ts'

/** @param onChanged the client is another from now on */
export function createTokenRequest(
  credentials: TokenCredentials,
  provider: Provider,
  files: SecretFiles,
  onChanged?: () => void,
): () => ClientCredentialsRequest {
  const findClient = createClient(credentials, provider, files, onChanged)
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
  { id, clientId, clientSecret }: Provider,
  files: SecretFiles,
  onChanged?: () => void,
): () => Client {
  if (client !== undefined) {
    const ownId = files.follow(client.id, onChanged)
    const ownSecret = files.follow(client.secret, onChanged)
    return () => ({ clientId: ownId.current().reveal(), clientSecret: ownSecret.current() })
  }
  if (clientId === undefined || clientSecret === undefined) {
    throw new Error(`provider ${id} has no client that could ask for a token`)
  }
  return () => ({ clientId, clientSecret })
}
