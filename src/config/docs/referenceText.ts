// What a schema cannot say about the settings: why a section is there, and how it looks in use.

export interface Section {
  readonly title: string
  /** The top-level settings that belong here. Every one belongs somewhere. */
  readonly settings: readonly string[]
  readonly text: string
  /** YAML, ending in a line feed. */
  readonly example: string
}

export const sections: readonly Section[] = [
  {
    title: 'Where it is',
    settings: ['publicUrl', 'prefix', 'listen', 'admin'],
    text: `Two listeners: the public one, and one for operators that no client should reach. Both speak plain HTTP, unless
\`listen.tls\` ends TLS on the public one. With a proxy in front that does, \`publicUrl\` is what browsers see, and
\`trustedProxies\` lists that proxy: until it does, \`X-Forwarded-*\` and \`Forwarded\` are removed like anybody's, and
applications are told the address of the proxy in place of the client's. List the proxy alone, not the whole network.
Certificates of clients: [operations.md](operations.md#tls).`,
    example: `publicUrl: https://app.example.com
listen:
  address: 0.0.0.0:8080
  trustedProxies: [10.0.0.7]
admin:
  address: 127.0.0.1:9090
`,
  },
  {
    title: 'Providers',
    settings: ['providers', 'clockSkew'],
    text: `Each is one client at one OpenID Connect issuer. Register there

- as redirect URI: \`publicUrl\` + \`prefix\` + \`/callback\`, so \`https://app.example.com/.postern/callback\`;
- as post-logout redirect URI: the same with \`/logout\`.

With more than one provider, people choose; a route may name whose sign-in counts. A provider with \`bearer\` is one
whose access tokens callers may send: [api-gateway.md](api-gateway.md). One with \`clientCredentials\` gets tokens for
callers who send a client id and a secret. One that is for nothing else needs no
\`clientId\`, unless the issuer is asked about its tokens.

A session whose access token ends is renewed with a refresh token, and groups and other claims with it. Most
issuers give one where \`scopes\` has \`offline_access\`, some of them only where people are asked for consent as well:
then add \`authorizationParameters: { prompt: consent }\`. Without a refresh token a session lasts for its own
\`lifetime\`, with the claims of the sign-in.`,
    example: `providers:
  - id: genauth
    displayName: Staff
    issuer: https://acme.genauth.example/oidc
    clientId: 64f0c2
    clientSecret: { env: GENAUTH_CLIENT_SECRET }
    scopes: [openid, profile, email, offline_access]
    authorizationParameters: { prompt: consent } # where the issuer wants it for offline_access
  - id: machines
    issuer: https://acme.genauth.example/oidc
    bearer:
      audiences: [https://api.example.com]
`,
  },
  {
    title: 'Sessions',
    settings: ['sessions'],
    text: `Where a session is kept decides what can be done about it.

| store | needs | a restart | several replicas | a session can be ended |
|---|---|---|---|---|
| \`cookie\` | nothing; \`keys\` to last | keeps sessions, with \`keys\` | with the same \`keys\`, and see below | in that browser alone: one that was copied lives until its end |
| \`memory\` | nothing | signs everybody out | no | at once |
| \`redis\` | Redis and \`keys\` | keeps sessions | yes | at once, on every replica |

Redis holds nothing that opens without the browser's cookie.

With the cookie store, replicas do not know of each other's renewals. A request that still carries the cookie from
before one, and reaches another replica, makes that replica send a refresh token that has been used. An issuer that
gives each refresh token for one use takes this for theft, and may end the sign-in: people are signed out now and
then, for no reason that they can see. With several replicas and refresh tokens use \`redis\`, or let the proxy in
front send each browser to one replica.`,
    example: `sessions:
  store: redis
  redis:
    url: rediss://cache.internal:6379
    password: { file: /run/secrets/redis-password }
  keys: [{ file: /run/secrets/postern-key }] # postern keygen > postern-key
  idleTimeout: 30m
  lifetime: 12h
`,
  },
  {
    title: 'Passwords',
    settings: ['throttling', 'pages'],
    text: `For applications whose people have to sign in with a user name and a password here, and not at the issuer: a provider
with \`password\`, and routes with \`authenticate: [password]\`. Read [security.md](security.md) first: this gateway then
sees passwords, and RFC 9700 §2.4 says that no client should. The sign-in form is shown in the language of the browser,
English or Chinese, or one that \`messages\` adds.

A template is HTML with places in it: \`{{lang}}\`, \`{{title}}\`, \`{{action}}\`, \`{{csrf_token}}\`, \`{{username}}\` (what was typed
before), \`{{username_label}}\`, \`{{password_label}}\`, \`{{submit_label}}\` and \`{{problem}}\` (empty where nothing is wrong) must be
there, \`{{heading}}\`, \`{{site}}\`, \`{{logo}}\` and \`{{invalid}}\` (\`true\` or \`false\`) may. Inside a tag they need quotes. It posts, by \`method="post"\`, the fields \`csrf_token\`, \`username\` and
\`password\`. Its own styles work, scripts and anything from elsewhere do not.`,
    example: `providers:
  - id: genauth
    issuer: https://acme.genauth.example/oidc
    clientId: 64f0c2
    clientSecret: { env: GENAUTH_CLIENT_SECRET }
    scopes: [openid, profile, email, offline_access]
    password: {}
routes:
  - match: { path: /** }
    authenticate: [password]
    upstream: billing
throttling:
  account: { failures: 10, window: 15m, lockout: 15m }
  address: { failures: 50, window: 15m }
pages:
  title: Acme Billing
  logo: logo.svg
  colors: { accent: '#14594a' }
`,
  },
  {
    title: 'Upstreams',
    settings: ['upstreams'],
    text: `The applications. They believe the headers that Postern sends, so nobody else may reach them: bind them to loopback
on the same machine or in the same pod, or fence them by a network policy.

Times are for one request: to connect, to wait for the head of an answer, and for silence in the middle of one. An
upload or a download may take as long as it moves.

\`responses\` changes what clients are told: redirects and cookies of an application that believes itself to be elsewhere,
and header fields. [responses.md](responses.md) says how, with examples.

\`credentials\` is for applications that want a token or a password as well: [upstreams.md](upstreams.md).`,
    example: `upstreams:
  billing:
    url: http://127.0.0.1:3000
    responseTimeout: 2m
  archive:
    url: https://archive.internal:8443
    ca: internal-ca.pem
    responses:
      locations: [{ from: https://archive.internal:8443 }]
      cookies: { domains: [{ from: archive.internal }], secure: true }
      headers:
        set: { Strict-Transport-Security: max-age=31536000 }
        remove: [Server, X-Powered-By]
`,
  },
  {
    title: 'Routes',
    settings: ['routes', 'quotas', 'protectedResources'],
    text: `The most specific match wins, wherever it stands: a host before any host, a literal segment before \`*\` before
\`**\`, named methods before any. Two routes that could both win are a problem. What no route matches is 404.

Who says nothing about \`access\` gets the safe one: somebody has to be signed in. That is all it takes to pass, so
say in \`require\` who that may be; whoever has an account at the issuer is let in otherwise. A route with \`methods\`
leaves the other methods to the next best match, which may ask for less; \`GET\` takes \`HEAD\` with it. All that a rule can
ask for, and how to find out what it comes to: [policy.md](policy.md).

How often a route may be called, and by how many at once, is said by \`quotas\` and \`maxConcurrency\`:
[api-gateway.md](api-gateway.md#quotas). A quota in a route's list is either the route's own, or the name of one of
the top-level \`quotas\`, which the routes that name it share; both are written alike.`,
    example: `routes:
  - match: { path: /static/** }
    access: public
    upstream: billing
  - match: { path: /reports/** }
    require: { groups: { anyOf: [finance, audit] } }
    upstream: billing
  - match: { path: /api/** }
    authenticate: [bearer]
    quotas: [partners, { by: address, limit: 10, per: second }]
    upstream: billing
  - match: { path: /** }
    upstream: billing
quotas:
  partners: { by: client, limit: 10000, per: day, burst: 500 }
`,
  },
  {
    title: 'Identity',
    settings: ['identity', 'assertion'],
    text: `What applications are told about who is calling. Every header that can be written here is removed from what
clients send, in every spelling. A claim that is missing means no header. A route's own \`identity\` takes the place
of this one as a whole.

| preset | headers |
|---|---|
| \`forwarded\` | \`X-Forwarded-User\`, \`X-Forwarded-Email\`, \`X-Forwarded-Groups\`, \`X-Forwarded-Preferred-Username\`; for a client with a token of its own \`X-Forwarded-Client-Id\`, \`X-Forwarded-Issuer\`, \`X-Forwarded-Scope\` |
| \`remote-user\` | \`Remote-User\`, \`Remote-Email\`, \`Remote-Name\`, \`Remote-Groups\` |
| \`siteminder\` | \`SM_USER\`, \`SM_USERDN\`, \`SM_UNIVERSALID\`, \`SM_USERGROUPS\` |
| \`webseal\` | \`iv-user\`, \`iv-user-l\`, \`iv-groups\` |
| \`x-auth-request\` | \`X-Auth-Request-User\`, \`X-Auth-Request-Email\`, \`X-Auth-Request-Groups\`, \`X-Auth-Request-Preferred-Username\` |
| \`none\` | none but those under \`headers\` |

The first header of each carries \`sub\`, which an issuer never gives to another person. An application that wants the
login name is given it by \`headers: { Remote-User: preferred_username }\`. Groups are separated by \`,\`, by \`^\` for
\`siteminder\`. Whatever is not visible ASCII arrives percent-encoded as UTF-8, unless \`encoding\` says otherwise: \`José\` as
\`Jos%C3%A9\`.

A header can also be made of claims: a template, a part of a claim, another case, a default.
[identity-headers.md](identity-headers.md) has every header of every preset with what is sent, and what such a mapping
may say.

With \`assertion\`, applications are sent a signed JWT as well, \`X-Postern-Assertion\`, and need not trust the way that
a request took: [upstreams.md](upstreams.md) shows how they verify it.`,
    example: `identity:
  preset: remote-user
  headers:
    X-Department: department
    X-Account: { template: 'CORP\\{preferred_username}', case: lower }
    X-Roles: { claim: memberOf, capture: '^CN=([^,]+)', separator: ';' }
  assertion:
    claims: [email, groups]
assertion:
  keys: [{ file: /run/secrets/assertion.jwk }]
`,
  },
  {
    title: 'Operation',
    settings: ['log', 'insecure'],
    text: `Log lines are JSON on standard output. They carry names, outcomes and times, never tokens, codes, cookies or
queries.`,
    example: `log:
  level: warn
`,
  },
]
