// By which client an upstream's token is asked for, and for what: as it is at the moment of the request, since
// secrets may change meanwhile.

import type { Provider, TokenCredentials } from '../config/config.ts'
import { watchSecrets, type LiveSecret } from '../config/secretFiles.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import type { ClientCredentialsRequest } from '../oidc/clientCredentials/clientCredentialsGrant.ts'

export interface TokenRequestOptions {
  readonly credentials: TokenCredentials
  readonly provider: Provider
  /** What the log calls the credentials. */
  readonly setting: string
  readonly files: WatchedFiles
  /** The client is another from now on. */
  readonly onChanged?: () => void
}

export function createTokenRequest(options: TokenRequestOptions): () => ClientCredentialsRequest {
  const { credentials, provider } = options
  const findClient = createClient(options)
  const { scopes, resource, audience } = credentials
  const clientAuthentication =
    provider.clientAuthentication === 'client_secret_post'
      ? 'client_secret_post'
      : 'client_secret_basic'
  return () => ({ ...findClient(), clientAuthentication, scopes, resource, audience })
}

type Client = Pick<ClientCredentialsRequest, 'clientId' | 'clientSecret'>

function createClient({
  credentials: { client },
  provider: { id: providerId, clientId, clientSecret },
  setting,
  files,
  onChanged,
}: TokenRequestOptions): () => Client {
  if (client !== undefined) {
    const id: LiveSecret = { ...client.id }
    const secret: LiveSecret = { ...client.secret }
    watchSecrets({ setting, secrets: [id, secret], onChanged }, files)
    return () => ({ clientId: id.secret.reveal(), clientSecret: secret.secret })
  }
  if (clientId === undefined || clientSecret === undefined) {
    throw new Error(`provider ${providerId} has no client that could ask for a token`)
  }
  return () => ({ clientId, clientSecret })
}
