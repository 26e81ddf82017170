// docs/errors.md, written from the catalogue.

import { catalogue, rowOf, type RefusalCode } from '../src/errors/catalogue.ts'
import { grpcStatusOf } from '../src/errors/grpc.ts'

const introduction = `# Refusals

Every answer with which the gateway itself refuses a request, by its code. The code is stable: clients see it as
\`code\` in \`application/problem+json\` (RFC 9457), people on the page, operators in the log. Pages
are in Chinese for browsers that ask for it; problem details are as here. Generated from \`src/errors/catalogue.ts\` by
\`npm run docs\`.

The request has an id, the same on the page, in the problem's \`instance\` (\`urn:postern:request:ID\`), in the field
\`X-Request-Id\` and as \`id\` in its log line, whose \`detail\` says exactly why. Answers of the application carry no id
of ours, and an \`X-Request-Id\` that a client sends is passed on as it came.

- **challenge** is what stands in \`WWW-Authenticate\` (RFC 6750): the \`error\`, or a bare challenge. A bare one for \`Bearer\` stands
  beside \`login_required\`, too, where no token is taken: a 401 has to name a scheme (RFC 9110 §15.5.2), sessions have none,
  and browsers show no prompt for this one. What helps is \`login_url\`.
- **gRPC** is the \`grpc-status\` of the answer to a gRPC call, whose HTTP status is 200.
- **log** is the level at which the request's log line is written.

| code | status | title | advice | challenge | gRPC | log |
|---|---|---|---|---|---|---|
`

/** The whole page, by status and then in the order of the catalogue. */
export function writeErrorsReference(): string {
  const codes = Object.keys(catalogue).filter((code): code is RefusalCode => code in catalogue)
  const sorted = codes.toSorted((one, other) => rowOf(one).status - rowOf(other).status)
  return `${introduction}${sorted.map(writeRow).join('')}`
}

function writeRow(code: RefusalCode): string {
  const { status, title, advice, challenge, logLevel } = rowOf(code)
  const grpc = grpcStatusOf(code)
  return `| \`${code}\` | ${status} | ${title} | ${advice} | ${writeChallenge(challenge)} | ${grpc} | ${logLevel} |\n`
}

function writeChallenge(challenge: string | undefined): string {
  if (challenge === undefined) return ''
  return challenge === 'none' ? 'bare' : `\`${challenge}\``
}
