// The public keys of the identity assertion, for applications to verify it with. For everybody, under any host
// name: an application in the same pod asks by another than browsers do.

import type { PublicJwk } from '../crypto/signingKey.ts'
import { respond } from '../http/respond.ts'
import type { EndpointRequest } from '../request.ts'

// Because a new key is found by its unknown `kid` at once; this bounds how long one that was taken away is believed.
const maxAgeSeconds = 300

export function createJwks(
  listPublicKeys: () => readonly PublicJwk[],
): (request: EndpointRequest) => Promise<void> {
  return async ({ received }) =>
    respond(received, {
      status: 200,
      // RFC 7517 §8.5.2.
      contentType: 'application/jwk-set+json',
      body: JSON.stringify({ keys: listPublicKeys() }),
      cacheControl: `public, max-age=${maxAgeSeconds}`,
    })
}
