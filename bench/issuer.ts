// The demo's issuer on a port of its own, for one client: node bench/issuer.ts PORT REDIRECT_URI

import { createServer } from 'node:http'
import { createIssuer } from '../demo/issuer.ts'

const [, , port, redirectUri] = process.argv
const listener = await createIssuer({
  issuer: `http://localhost:${port}`,
  clients: [
    { client_id: 'postern', client_secret: 'postern-secret', redirect_uris: [redirectUri!] },
  ],
})
createServer(listener).listen(Number(port), 'localhost')
