// How docs/configuration.md begins: what holds for every setting.

export const introduction = `# Configuration

One YAML file, \`postern.yaml\` unless \`--config\` names another. It is read once, at start: a change needs a
restart. This page is generated from the schema that the gateway checks the file with.

- \`postern check\` names every problem at once, with line and column, and starts nothing. A setting that is not
  listed here is a problem, so that a slip of the pen never turns a protection off. It warns of what works but is
  better known, such as sessions that cannot be ended.
- \`postern schema > postern.schema.json\` gives editors the same knowledge.

In the tables, \`[]\` is each entry of a list and \`NAME\` a name of your choice. An empty default means: not set.

- A **duration** is a number and a unit: \`250ms\`, \`30s\`, \`5m\`, \`12h\`, \`7d\`. A **size** likewise: \`512B\`, \`16KiB\`, \`10MiB\`.
- A **secret** is \`{ env: NAME }\`, \`{ file: PATH }\` or the value itself, which then lies where the configuration lies:
  better is one of the other two. A file may end in one line feed, which does not count. Messages and logs never
  show it.
- A **file** is read at start, [some of them](operations.md#files-that-change) again when they change; a relative name
  is looked up beside the configuration file.
- **values** are a list, all of which must be there, or \`{ anyOf: [...] }\`, \`{ allOf: [...] }\`, or both of these.
- A **rule** is a mapping of what can stand under \`require\`.
- A **name** is lower-case letters, digits, \`-\` and \`_\`.
- A **path pattern** is made of whole segments: \`*\` is any one of them, \`**\` at the end the path itself and all below.

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
