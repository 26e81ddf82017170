// An issuer for machines alone: opaque tokens by client credentials, and introspection, both answered at once:
// node bench/machineIssuer.ts PORT AUDIENCE

import { createServer, type ServerResponse } from 'node:http'

const [, , port, audience] = process.argv
const issuer = `http://localhost:${port}`

const answers: Readonly<Record<string, () => object>> = {
  '/.well-known/openid-configuration': () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }),
  '/jwks': () => ({ keys: [] }),
  '/token': () => ({ access_token: 'opaque', token_type: 'Bearer', expires_in: 3600 }),
  '/introspect': () => ({
    active: true,
    iss: issuer,
    aud: audience,
    sub: 'robot',
    client_id: 'robot',
    scope: 'things:read',
    exp: Math.floor(Date.now() / 1000) + 3600,
  }),
}

createServer((request, response) => {
  request.resume().on('end', () => answer(response, answers[request.url ?? '']))
}).listen(Number(port), 'localhost')

function answer(response: ServerResponse, make: (() => object) | undefined): void {
  response.writeHead(make === undefined ? 404 : 200, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(make?.() ?? {}))
}
