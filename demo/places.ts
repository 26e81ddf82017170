// Where everything of the demo is. The gateway's side of it is config.example.yaml; a test holds both together.

import type { ClientMetadata } from 'oidc-provider'

export interface Place {
  readonly port: number
  /** Who wants the port, as a person would say it. */
  readonly owner: string
}

export const places = {
  issuer: { port: 8081, owner: "the demo's issuer" },
  legacyApp: { port: 8082, owner: "the demo's old application" },
  gateway: { port: 8080, owner: 'the gateway' },
  admin: { port: 9090, owner: "the gateway's admin listener" },
} as const satisfies Record<string, Place>

export const issuerUrl = `http://localhost:${places.issuer.port}`
export const gatewayUrl = `http://localhost:${places.gateway.port}`
export const adminUrl = `http://127.0.0.1:${places.admin.port}`

/** What the issuer knows about the gateway. */
export const client = {
  client_id: 'postern',
  client_secret: 'secret-of-the-demo-and-of-nothing-else',
  client_name: 'Millbrook Paper Intranet',
  redirect_uris: [`${gatewayUrl}/.postern/callback`],
  post_logout_redirect_uris: [`${gatewayUrl}/.postern/logout`],
  grant_types: ['authorization_code', 'refresh_token', 'password'],
}

/** A program with an account of its own at the issuer, and no person behind it. */
export const machine = {
  client_id: 'machine',
  client_secret: 'machine',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
} satisfies ClientMetadata
