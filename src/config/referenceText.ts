// What a schema cannot say about the settings: why a section is there, and how it looks in use.

export interface Section {
  readonly title: string
  /** The top-level settings that belong here. Every one belongs somewhere. */
  readonly settings: readonly string[]
  readonly text: string
  /** YAML, ending in a line feed. */
  readonly example: string
}

export const introduction = `# Configuration

One YAML file, \`postern.yaml\` unless \`--config\` names another. It is generated from the schema that the
gateway itself checks the file with; \`npm run docs\` writes it anew.

- \`postern check\` names every problem with its line and column. A name that is not listed here is a problem, so
  that a slip of the pen never turns a protection off.
- \`postern schema > postern.schema.json\` gives editors the same knowledge.
- A **duration** is a number and a unit: \`250ms\`, \`30s\`, \`5m\`, \`12h\`, \`7d\`. A **size** likewise: \`512B\`, \`16KiB\`, \`10MiB\`.
- A **secret** is \`{ env: NAME }\`, \`{ file: PATH }\` or the value itself. A file may end in one line feed, which
  does not count. Messages and logs never show it.
- A relative **file** name is looked up beside the configuration file. Files are read once, at start.
- A **rule** is a list, all of which must be there, or \`{ anyOf: [...] }\`, \`{ allOf: [...] }\`, or both of these.
- A **name** is lower-case letters, digits, \`-\` and \`_\`.

The least that works:

\`\`\`yaml
publicUrl: https://app.example.com
providers:
  - id: genauth
    issuer: https://acme.genauth.example/oidc
    clientId: 64f0c2
    clientSecret: { env: GENAUTH_CLIENT_SECRET }
upstreams:
  app: { url: http://127.0.0.1:3000 }
routes:
  - match: { path: /** }
    upstream: app
\`\`\`
`

export const sections: readonly Section[] = [
  {
    title: 'Where it is',
    settings: ['publicUrl', 'prefix', 'listen', 'admin'],
    text: `Two listeners: the public one, and one for operators that no client should reach. Behind a proxy that ends
TLS, \`publicUrl\` is what browsers see, and the proxy is listed in \`trustedProxies\`; until it is, its
\`X-Forwarded-*\` fields are removed like anybody's.`,
    example: `publicUrl: https://app.example.com
listen:
  address: 0.0.0.0:8080
  trustedProxies: [10.0.0.0/8]
admin:
  address: 127.0.0.1:9090
`,
  },
  {
    title: 'Providers',
    settings: ['providers', 'clockSkew'],
    text: `Each is one client at one OpenID Connect issuer. Register \`publicUrl\` + \`prefix\` + \`/callback\` there as the
redirect URI. With more than one provider, people choose; a route may name whose sign-in counts. A provider with
\`bearer\` is one whose access tokens callers may send: [api-gateway.md](api-gateway.md). One that is for nothing
else needs no \`clientId\`, unless the issuer is asked about its tokens.`,
    example: `providers:
  - id: genauth
    issuer: https://acme.genauth.example/oidc
    clientId: 64f0c2
    clientSecret: { env: GENAUTH_CLIENT_SECRET }
    scopes: [openid, profile, email, offline_access]
  - id: machines
    issuer: https://acme.genauth.example/oidc
    bearer:
      audiences: [https://api.example.com]
`,
  },
  {
    title: 'Sessions',
    settings: ['sessions'],
    text: `Where a session is kept decides what can be done about it. \`cookie\` needs nothing and scales by itself, but a
session that was copied lives until its end. \`memory\` and \`redis\` end sessions at once, everywhere; \`redis\` for
more than one replica. Redis holds nothing that opens without the browser's cookie.`,
    example: `sessions:
  store: redis
  redis:
    url: rediss://cache.internal:6379
    password: { file: /run/secrets/redis-password }
  keys: [{ file: /run/secrets/postern-key }]
  idleTimeout: 30m
  lifetime: 12h
`,
  },
  {
    title: 'Upstreams',
    settings: ['upstreams'],
    text: `The applications. Times are for one request: to connect, to wait for the head of an answer, and for silence in
the middle of one.`,
    example: `upstreams:
  billing:
    url: http://127.0.0.1:3000
    responseTimeout: 2m
`,
  },
  {
    title: 'Routes',
    settings: ['routes'],
    text: `The most specific match wins, wherever it stands: a host before any host, a literal segment before \`*\` before
\`**\`, named methods before any. Two routes that could both win are a problem. What no route matches is 404.
Without \`access: public\`, somebody has to be signed in.`,
    example: `routes:
  - match: { path: /static/** }
    access: public
    upstream: billing
  - match: { path: /reports/**, methods: [GET] }
    require: { groups: { anyOf: [finance, audit] } }
    upstream: billing
  - match: { path: /** }
    upstream: billing
`,
  },
  {
    title: 'Identity',
    settings: ['identity'],
    text: `What applications are told about who is calling. Every header that can be written here is removed from what
clients send, in every spelling. A claim that is missing means no header. A route's own \`identity\` takes the place
of this one as a whole.`,
    example: `identity:
  preset: remote-user
  headers:
    X-Department: department
`,
  },
  {
    title: 'Operation',
    settings: ['log', 'insecure'],
    text: `Log lines carry names, outcomes and times, never tokens, codes, cookies or queries.`,
    example: `log:
  level: warn
`,
  },
]
