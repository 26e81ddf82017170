// `postern --help`, and for each command.

import type { CommandName } from './commandNames.ts'
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'

const configOption = `  -c, --config FILE   the configuration; postern.yaml in this folder by default
`

const general = `Usage: postern [serve] [--config FILE]
       postern check [--config FILE]
       postern explain METHOD URL [--claims FILE]
       postern schema
       postern keygen [--assertion]

An authentication gateway: OpenID Connect sign-in in front of applications that
cannot do it themselves.

  serve     runs the gateway; the default
  check     says what is wrong with a configuration, and starts nothing
  explain   says what becomes of a request, and why
  schema    prints the JSON Schema of the configuration, for editors
  keygen    prints a new key: for sessions.keys, or for assertion.keys

${configOption}  -h, --help          this text, or after a command: about that command
      --version       the version

Exit status: 0 done, 1 failed, 2 the command line was not understood.
`

const topics: Readonly<Record<CommandName, string>> = {
  serve: `Usage: postern [serve] [--config FILE]

Runs the gateway until SIGTERM or SIGINT; requests in flight then get
listen.drainTimeout to finish. Logs JSON lines on standard output. Does not
start with a configuration that has a problem: exit status 1.

${configOption}`,
  check: `Usage: postern check [--config FILE]

Prints every problem of a configuration with file, line and column, and warnings
about what works but is doubtful. Secrets are looked up as at a start. Exit
status 1 where there is a problem; warnings alone are 0.

${configOption}`,
  explain: `Usage: postern explain METHOD URL [OPTION]…

Says what becomes of a request: its canonical target, which route is taken and
why, what a caller without credentials gets, which rules hold for the claims of
a file, and what the upstream would be told. Asks no issuer and no upstream.
The client's address is shown as 192.0.2.1. A rule has ✓ where it holds, ✗ where
it fails, ? where the claims are not enough to tell, and · without --claims.

  -H, --header 'NAME: VALUE'   a field of the request; may be repeated
      --claims FILE            JSON: the claims of whoever calls; as those of a
                               token, iss, aud, exp and nbf are judged, too
      --scopes 'A B'           the scopes that they were granted
      --provider ID            the provider that knows them; by default the one
                               of the claim iss, else the first
      --as person|client       whether a person calls or a client itself
      --json                   prints JSON
${configOption}
Exit status: 0 the request passes, 1 it is refused or has to sign in, 2 the
command line, the claims or the configuration were not understood.
`,
  schema: `Usage: postern schema > postern.schema.json

Prints the JSON Schema (2020-12) of the configuration. An editor that speaks
YAML uses it with this first line in postern.yaml:

  # yaml-language-server: $schema=./postern.schema.json
`,
  keygen: `Usage: postern keygen > postern.key
       postern keygen --assertion > assertion.jwk

Prints 32 random bytes in base64url and a line feed: a key for sessions.keys.
With umask 077 before it, nobody else on this machine can read the file. To
change keys without signing anybody out, put the new one first and keep the old
one behind it for as long as sessions.lifetime.

      --assertion     prints a private P-256 key for assertion.keys instead, as
                      a JWK; the gateway publishes its public part
`,
}

export async function runHelp(
  { topic }: { readonly topic: CommandName | undefined },
  { stdout }: CommandIo,
): Promise<number> {
  stdout.write(topic === undefined ? general : topics[topic])
  return exitCodes.success
}
