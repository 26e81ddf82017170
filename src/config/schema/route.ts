import { z } from 'zod'
import { bearerMethodsSchema } from './bearerMethods.ts'
import { routeClientCredentialsSchema } from './clientCredentials.ts'
import { corsSchema } from './cors.ts'
import { identitySchema } from './identity.ts'
import { routeQuota } from './quota.ts'
import { requireSchema } from './require.ts'
import { responsesSchema } from './responses.ts'
import { signInFormSchema } from './signInForm.ts'
import { byteSize } from './amounts.ts'
import { identifier, methodName, originUrl, placeOfOurs } from './values.ts'

/** Path patterns: segments, `*` for one, a final `**` for the path itself and all below. */
const pathPattern = z
  .string()
  .regex(/^(?!\^)/, {
    error: 'expected a path pattern such as /api/**, not a regular expression',
    abort: true,
  })
  .regex(/^\/[^\s?#\\;]*$/, 'expected a path pattern such as /api/** or /files/*/raw')
  .meta({ title: 'path pattern' })

const hostPattern = z
  .string()
  .regex(
    /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/,
    'expected a lower-case host, such as app.example.com or *.example.com',
  )
  .meta({ title: 'host' })

/** What is 400 by default and may be let through by name. */
export const allowable = [
  'encoded-slash',
  'semicolon',
  'encoded-hash',
  'encoded-question-mark',
  'double-encoding',
  'non-utf8',
] as const

export const routeSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('For logs and metrics. Default: made of the match.'),
  match: z
    .strictObject({
      host: hostPattern
        .optional()
        .describe('`app.example.com`, or `*.example.com` for all below. Default: any host.'),
      path: pathPattern.describe(
        '`/x/**` covers `/x` and all below, `/x/*` one segment. Case-sensitive.',
      ),
      methods: z.array(methodName).min(1).optional().describe('Default: any method.'),
    })
    .describe('Which requests this route takes.'),
  access: z
    .enum(['public', 'optional', 'signed-in'])
    .default('signed-in')
    .describe('`public`: nobody is told about anyone; `optional`: identity where signed in.'),
  authenticate: z
    .array(z.enum(['session', 'password', 'bearer', 'client-credentials', 'basic-password']))
    .min(1)
    .default(['session'])
    .describe(
      'The ways in: `session` for people with a browser, who sign in at the issuer; `password` likewise, but by the form that this gateway shows; `bearer` for callers with an access token; `client-credentials` for callers who send a client id and its secret by HTTP Basic; `basic-password` for old programs that send the user name and the password of a person by HTTP Basic. Where a token, a secret or a password is sent, it alone counts.',
    ),
  bearerMethods: bearerMethodsSchema
    .optional()
    .describe(
      'Where access tokens may stand besides the `Authorization` field. Two tokens in a request are refused. Default: nowhere.',
    ),
  providers: z
    .array(identifier)
    .min(1)
    .optional()
    .describe('Whose sign-in, and whose tokens, count here. Default: those of every provider.'),
  clientCredentials: routeClientCredentialsSchema
    .optional()
    .describe(
      'What to ask for with a client id and a secret. Default: the scopes that `require.scopes` wants all of.',
    ),
  require: requireSchema
    .optional()
    .describe('All of these must hold. Default: whoever is signed in may pass.'),
  signInForm: signInFormSchema
    .optional()
    .describe(
      "The application's own sign-in form is posted here: a POST is read by this gateway, and the application never sees the password. See legacy-apps.md.",
    ),
  signInPage: placeOfOurs
    .optional()
    .describe(
      "Where who has no session is sent to sign in, such as the application's own page with a form that `signInForm` reads; programs are told of it, too. Where that form has a `redirectField`, the parameter of this name says where the person was going. Default: the issuer, or this gateway's form with `authenticate: [password]`.",
    ),
  logout: z
    .boolean()
    .default(false)
    .describe(
      "The application's own logout link: who asks for it is signed out here first, and then reaches the application as nobody.",
    ),
  upstream: identifier.describe('The name of one of `upstreams`.'),
  identity: identitySchema.optional().describe('Default: the top-level `identity`.'),
  allow: z
    .array(z.enum(allowable))
    .default([])
    .describe('Ambiguous spellings of a path that this route takes nevertheless.'),
  allowMethodOverride: z
    .boolean()
    .default(false)
    .describe(
      'Lets `X-HTTP-Method-Override` through. Whoever may send a POST here may then do what the application does for any method: `match.methods` and `require` judge the POST.',
    ),
  forwardAuthorization: z
    .boolean()
    .default(false)
    .describe(
      "Lets the client's own `Authorization` field through. Where its scheme may sign in a whole connection (NTLM, Negotiate), the request has a connection of its own.",
    ),
  preflight: z
    .enum(['refuse', 'upstream'])
    .default('refuse')
    .describe('What happens to CORS preflights: `upstream` passes them on, stripped.'),
  cors: corsSchema
    .optional()
    .describe('Answers CORS preflights here, and lets scripts of other origins read answers.'),
  maxBodySize: byteSize(0, 1024 ** 4)
    .optional()
    .describe(
      'The largest request body that is forwarded; a larger one is 413. Default: no limit.',
    ),
  responses: responsesSchema
    .optional()
    .describe("What is changed about answers. Default: the upstream's `responses`."),
  quotas: z
    .array(routeQuota)
    .min(1)
    .max(8)
    .optional()
    .describe(
      'How often it may be called: quotas of its own, and names out of the top-level `quotas`. All of them must allow a request. Default: no limit.',
    ),
  maxConcurrency: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'How many requests may be under way at once in each process, WebSockets included; one more is 503. Default: no limit.',
    ),
  websocketOrigins: z
    .array(originUrl)
    .default([])
    .describe('Origins besides the public one that may open a WebSocket with a session.'),
})

export type RouteConfig = z.output<typeof routeSchema>
export type Allowance = (typeof allowable)[number]
