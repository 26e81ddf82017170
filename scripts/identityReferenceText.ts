// The prose of docs/identity-headers.md.

import type { presets } from '../src/identity/presets.ts'
import type { Recipe } from './identityReference.ts'

export const introduction = `# Identity headers

What an application is told about who is calling. Written from the code by \`npm run docs\`: the values below are those
that it sends for a person called Ada, and for a client named \`billing-job\`.

\`\`\`yaml
identity:
  preset: siteminder # which headers
  headers: # further ones, or other values for those of the preset
    SM_USER: preferred_username
    X-Account: { template: 'CORP\\{preferred_username}' }
\`\`\`

A route's own \`identity\` takes the place of this one as a whole. Three things hold for every header here:

- Whatever a client sends under such a name is removed, in every spelling, on every route.
- A claim that is missing means no header, never an empty one. A whole number beyond 2^53 counts as missing, and so does
  what such a number stands in: JSON does not carry it exactly. So does \`email\` where the issuer says
  \`email_verified: false\`: it may be somebody else's.
- Nothing is cut. Headers of more than 8 KB together are 403 \`identity_too_large\`, and the log names the header.

\`postern explain GET URL --claims FILE\` prints what an application would be told about somebody with these claims.

## Presets

The first header of each carries \`sub\`, which an issuer never gives to another person. An application that knows people
by their login name is told that by \`headers: { Remote-User: preferred_username }\`; then see to it that nobody can
change theirs to another person's. A \`sub\` is unique at its issuer alone: where a route takes callers of several, send
\`iss\` as well (\`headers: { X-Forwarded-Issuer: iss }\`); \`postern check\` warns where it is missing.
`

type Named = Exclude<keyof typeof presets, 'none'>

export const presetTexts: Readonly<Record<Named, string>> = {
  forwarded: 'The default: the names that most gateways and applications of today agree on.',
  'remote-user': `Applications that trust their web server to sign people in. CGI, PHP and WSGI programs see \`HTTP_REMOTE_USER\`. Those that
read \`REMOTE_USER\` need one line more, in Apache \`SetEnvIf Remote-User "^(.+)$" REMOTE_USER=$1\`
([an example that runs](../examples/legacy/timesheets/)), in nginx \`fastcgi_param REMOTE_USER $http_remote_user;\`.`,
  siteminder: `Applications that stood behind a SiteMinder web agent. \`SM_USERDN\` is sent where the issuer gives a claim \`dn\`; one of
another name is \`headers: { SM_USERDN: ldap_dn }\`; an application that expects \`CORP\\ada\` is told so by
\`headers: { SM_USER: { template: 'CORP\\{preferred_username}' } }\`. Where agents ran with \`LegacyVariables=no\`, the application reads names
without underscore: write them under \`headers\`, as \`SMUSER: sub\`. \`SM_SERVERSESSIONID\`, \`SM_AUTHTYPE\` and others that
describe SiteMinder itself are not sent, and removed from what clients send.`,
  webseal: `Applications behind a junction of WebSEAL (IBM Security Verify Access) with \`-c iv_user,iv_user_l,iv_groups\`: login name,
distinguished name, and groups in double quotes. Values are percent-encoded as by its \`-e utf8_uri\`, the default there;
\`encoding: utf-8\` is its \`utf8_bin\`. Not sent are \`iv-creds\`, which only IBM's own libraries can read, and the
\`Unauthenticated\` that WebSEAL writes for people who are not signed in: there is no header then. The client's address
(\`iv-remote-address\`) is in \`X-Forwarded-For\`.`,
  'x-auth-request': 'Applications, and nginx configurations, that were made for oauth2-proxy.',
}

export const afterPresets = `### \`none\`

No header but those under \`headers\`.

## Headers of your own
`

export const recipes: readonly Recipe[] = [
  {
    purpose:
      'A claim as it is. A name with dots leads into claims within claims: `realm_access.roles`.',
    header: 'X-Login',
    yaml: 'preferred_username',
    rule: { claim: 'preferred_username' },
  },
  {
    purpose:
      'Claims within text. Keep the quotes: in YAML, a backslash within double quotes means something else.',
    header: 'X-Account',
    yaml: "{ template: 'CORP\\{preferred_username}', case: lower, default: 'CORP\\guest' }",
    rule: { template: 'CORP\\{preferred_username}', case: 'lower', default: 'CORP\\guest' },
  },
  {
    purpose:
      'A part of a claim: what stands before the `@` of one domain. Without the domain, people of every other one would have the same names.',
    header: 'X-Mailbox',
    yaml: "{ claim: email, capture: '^([^@]+)@example\\.com$' }",
    rule: { claim: 'email', capture: '^([^@]+)@example\\.com$' },
  },
  {
    purpose: 'Of a list, each entry by itself: common names out of directory names, as roles.',
    header: 'X-Roles',
    yaml: "{ claim: memberOf, capture: '^CN=([^,]+)', case: upper, prefix: ROLE_, separator: ';' }",
    rule: {
      claim: 'memberOf',
      capture: '^CN=([^,]+)',
      case: 'upper',
      prefix: 'ROLE_',
      separator: ';',
    },
  },
  {
    purpose: 'A name as RFC 8187 writes it, for an application that expects that.',
    header: 'X-Name',
    yaml: '{ claim: name, encoding: rfc8187 }',
    rule: { claim: 'name', encoding: 'rfc8187' },
  },
]

export const rulesText = `What a mapping may say:
`

export const ending = `- \`percent\`: visible ASCII stands as it is, and so does a single space inside; all else is percent-encoded UTF-8, and \`%\`
  itself is \`%25\`. Decode it like a part of a URL, but leave \`+\` alone.
- \`utf-8\`: the same, with characters outside of ASCII as raw bytes, for applications that decode nothing. What could break
  a field (line breaks, NUL, every other control character), \`%\` and spaces at the ends are percent-encoded all the same.
  Servers that take fields for Latin-1 show \`Å\` and a second character for \`Ł\`, and some trim the bytes \`85\` and \`A0\` at an end.
- \`rfc8187\`: an \`ext-value\`, always, so that nothing else can be taken for one.
- \`base64url\`: of the UTF-8 bytes, without padding, always.

In each of the four, two different texts never look the same, and a list can be taken apart again: the separator inside an
entry is encoded (with \`base64url\` it cannot occur), and so is a double quote inside quotes. Three things are told apart by
nothing: a list of one and its only entry; entries that are empty, which are left out; and, for headers without a
\`separator\`, the list \`a\`, \`b\` and the text \`a,b\`. Say \`separator\` wherever a claim may be a list: then a text is a list of one.

**Templates.** Braces stand around claim names and nothing else; a brace that is meant goes into \`prefix\` or \`suffix\`. What
a claim holds is never read as a placeholder. With a list among its claims, the template is written once for each entry; two
lists are like a claim that is missing. Nothing marks where one claim ends and the next begins: of \`{team}/{name}\`, the team
\`a/b\` with \`c\` and the team \`a\` with \`b/c\` are the same. Put between them what the first cannot hold, or send two headers.

**Patterns** under \`capture\` have JavaScript's syntax, as far as it can be matched by reading each character once: classes,
\`\\d\`, \`\\s\`, \`\\w\` and their capitals, \`^\`, \`$\`, \`|\`, \`(?: )\`, \`* + ? {n,m}\` and their lazy forms, and exactly one \`( )\`. The time
that a claim can take grows with its length and no faster, and is spent once per sign-in, refresh or token. There is no
looking around and no reference back, the group itself is not repeated, and nothing is repeated that may be empty. A text of more than 8,192 characters is not searched but refused.

**Case** is that of Unicode, the same wherever the gateway runs. Only letters that come back the same way are changed:
\`straße\` becomes \`STRAßE\`, and nobody's name becomes that of somebody who writes it with other letters. \`Ada\` and \`ADA\`
become one, of course; so do all whose claims differ only in what a \`capture\` leaves out, and everybody without the claim
where there is a \`default\`: take for it what no claim can be.

\`postern check\` finds what is wrong with any of this, with line and column.
`
