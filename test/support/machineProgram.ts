// A machine as a team would write it: with openid-client, which knows nothing of Postern, in a process of its own. It
// gets a token from the issuer and calls one address with it. Usage: node machineProgram.ts ISSUER ID SECRET URL
// PARAMETERS, the last as a query; prints the status and the body of the answer as JSON.

import {
  allowInsecureRequests,
  clientCredentialsGrant,
  discovery,
  fetchProtectedResource,
} from 'openid-client'

const [issuer = '', id = '', secret = '', address = '', parameters = ''] = process.argv.slice(2)
const configuration = await discovery(new URL(issuer), id, secret, undefined, {
  execute: [allowInsecureRequests],
})
const { access_token: token } = await clientCredentialsGrant(
  configuration,
  new URLSearchParams(parameters),
)
const answer = await fetchProtectedResource(configuration, token, new URL(address), 'GET')
process.stdout.write(JSON.stringify({ status: answer.status, body: await answer.text() }))
