// The demo's issuer on a port of its own, for one client: node bench/issuer.ts PORT REDIRECT_URI

import { createServer } from 'node:http'
import { createIssuer } from '../demo/issuer.ts'

const [, , port, redirectUri] = process.argv
const listener = await createIssuer({
  issuer: `http://localhost:${port}`,
  clients: [
    {
      client_id: 'postern',
      client_secret: 'postern-secret',
      redirect_uris: [redirectUri!],
      // Because the load goes on sending the cookie that it began with, no session may be refreshed meanwhile.
      grant_types: ['authorization_code'],
    },
  ],
})
createServer(listener).listen(Number(port), 'localhost')
