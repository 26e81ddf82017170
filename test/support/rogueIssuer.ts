// An issuer wholly in a test's hands: it signs with jose, and every answer and every token can be bent.
// It asks nobody to sign in: a test makes the authorization response itself.

import {
  SignJWT,
  UnsecuredJWT,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type CryptoKey,
  type JWK,
} from 'jose'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { answerJson, type Answer } from './rogueAnswers.ts'

export type Endpoint = 'metadata' | 'jwks' | 'token' | 'userinfo' | 'introspection'

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly publicJwk: JWK
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey
}

type Json = Record<string, unknown>

/** How the next ID Tokens are made; what is absent is as it should be. */
export interface IdTokenTwist {
  /** Laid over the honest claims; undefined removes one. */
  claims?: Json
  /** Laid over the honest protected header; undefined removes a parameter. */
  header?: Json
  /** In place of signing. */
  sign?: (claims: Json, header: Json) => string | Promise<string>
}

export interface RogueIssuer extends AsyncDisposable {
  readonly issuer: string
  readonly port: number
  /** The key that signs; a test may replace it. */
  key: SigningKey
  /** What the JWK Set holds; a test may replace it. */
  jwks: unknown[]
  /** Laid over the honest metadata; undefined removes a member. */
  metadata: Json
  idToken: IdTokenTwist
  /** Laid over the honest token answer; undefined removes a member. */
  tokenAnswer: Json
  userinfo: Json
  /** What introspection says of every token; a JWT where it is text. */
  introspection: Json | string
  /** Endpoints that answer something else. */
  readonly answers: Partial<Record<Endpoint, Answer>>
  /** The nonce that the next ID Token has. */
  nonce: string | undefined
  /** Requests so far. */
  readonly counts: Record<Endpoint, number>
  readonly introspectionRequests: {
    form: URLSearchParams
    authorization: string | undefined
    accept: string | undefined
  }[]
  /** Token requests so far: the form, and who sent it. */
  readonly tokenRequests: { form: URLSearchParams; authorization: string | undefined }[]
  stop(): Promise<void>
  restart(): Promise<void>
}

export const rogueSubject = 'mallory'
export const rogueAccessToken = 'access-token-of-mallory'

let madeKeys = 0

export async function createSigningKey(alg = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  madeKeys += 1
  const kid = `key-${madeKeys}`
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  return { kid, alg, publicJwk, publicKey, privateKey }
}

export async function startRogueIssuer(clientId = 'postern'): Promise<RogueIssuer> {
  const key = await createSigningKey()
  let server: Server | undefined = await listen(0, handle)
  const port = portOf(server)
  const issuer = `http://localhost:${port}`
  const rogue: RogueIssuer = {
    issuer,
    port,
    key,
    jwks: [key.publicJwk],
    metadata: {},
    idToken: {},
    tokenAnswer: {},
    userinfo: { sub: rogueSubject },
    answers: {},
    nonce: undefined,
    introspection: { active: false },
    counts: { metadata: 0, jwks: 0, token: 0, userinfo: 0, introspection: 0 },
    introspectionRequests: [],
    tokenRequests: [],
    async stop() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      closing.closeAllConnections()
      closing.close()
      await once(closing, 'close')
    },
    async restart() {
      await rogue.stop()
      server = await listen(port, handle)
    },
    [Symbol.asyncDispose]: () => rogue.stop(),
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const endpoint = toEndpoint(request.url ?? '')
    if (endpoint === undefined) return void response.writeHead(404).end()
    rogue.counts[endpoint] += 1
    const bent = rogue.answers[endpoint]
    if (bent === undefined) void answerHonestly(rogue, endpoint, { request, response, clientId })
    else bent(request, response)
  }
  return rogue
}

function toEndpoint(url: string): Endpoint | undefined {
  if (url === '/.well-known/openid-configuration') return 'metadata'
  if (url === '/jwks') return 'jwks'
  if (url === '/token') return 'token'
  if (url === '/introspect') return 'introspection'
  return url === '/userinfo' ? 'userinfo' : undefined
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly clientId: string
}

async function answerHonestly(
  rogue: RogueIssuer,
  endpoint: Endpoint,
  { request, response, clientId }: Exchange,
): Promise<void> {
  if (endpoint === 'metadata') return answerJson(response, toMetadata(rogue))
  if (endpoint === 'jwks') return answerJson(response, { keys: rogue.jwks })
  if (endpoint === 'userinfo') return answerJson(response, rogue.userinfo)
  const form = new URLSearchParams(await text(request))
  const { authorization, accept } = request.headers
  if (endpoint === 'introspection') {
    rogue.introspectionRequests.push({ form, authorization, accept })
    return answerIntrospection(response, rogue.introspection)
  }
  rogue.tokenRequests.push({ form, authorization })
  answerJson(response, {
    access_token: rogueAccessToken,
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: `refresh token ${rogue.counts.token}`,
    id_token: await makeIdToken(rogue, clientId),
    ...rogue.tokenAnswer,
  })
}

function answerIntrospection(response: ServerResponse, answer: Json | string): void {
  if (typeof answer !== 'string') return answerJson(response, answer)
  response.writeHead(200, { 'Content-Type': 'application/token-introspection+jwt' }).end(answer)
}

/** What the token endpoint would hand out now. */
export async function makeIdToken(rogue: RogueIssuer, clientId = 'postern'): Promise<string> {
  const { key, idToken } = rogue
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: rogue.issuer,
    sub: rogueSubject,
    aud: clientId,
    exp: now + 300,
    iat: now,
    ...(rogue.nonce === undefined ? {} : { nonce: rogue.nonce }),
    ...idToken.claims,
  }
  const header = { alg: key.alg, kid: key.kid, ...idToken.header }
  return idToken.sign === undefined ? signWith(key, claims, header) : idToken.sign(claims, header)
}

export function signWith(
  key: Pick<SigningKey, 'privateKey'>,
  claims: Json,
  header: Json,
): Promise<string> {
  const { alg = 'ES256', ...rest } = withoutUndefined(header)
  return new SignJWT(withoutUndefined(claims))
    .setProtectedHeader({ ...rest, alg: String(alg) })
    .sign(key.privateKey)
}

/** `alg: none`. */
export function leaveUnsigned(claims: Json): string {
  return new UnsecuredJWT(withoutUndefined(claims)).encode()
}

/** HS256 keyed with a text: a client secret, or somebody's public key. */
export function signWithSecret(secret: string, claims: Json, header: Json): Promise<string> {
  return new SignJWT(withoutUndefined(claims))
    .setProtectedHeader({ ...withoutUndefined(header), alg: 'HS256' })
    .sign(new TextEncoder().encode(secret))
}

/** The public key as text, the way an attacker gets hold of it. */
export function publicKeyText(key: SigningKey): Promise<string> {
  return exportSPKI(key.publicKey)
}

function toMetadata(rogue: RogueIssuer): Json {
  return {
    issuer: rogue.issuer,
    authorization_endpoint: `${rogue.issuer}/authorize`,
    token_endpoint: `${rogue.issuer}/token`,
    jwks_uri: `${rogue.issuer}/jwks`,
    userinfo_endpoint: `${rogue.issuer}/userinfo`,
    introspection_endpoint: `${rogue.issuer}/introspect`,
    end_session_endpoint: `${rogue.issuer}/end?tenant=a`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: [rogue.key.alg],
    ...rogue.metadata,
  }
}

function withoutUndefined(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  return address.port
}

async function listen(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(handle)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
