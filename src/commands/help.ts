// `postern --help`, and for each command.

import type { CommandName } from './commandNames.ts'
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'

const configOption = `  -c, --config FILE   the configuration; postern.yaml in this folder by default
`

const general = `Usage: postern [serve] [--config FILE]
       postern check [--config FILE]
       postern schema
       postern keygen

An authentication gateway: OpenID Connect sign-in in front of applications that
cannot do it themselves.

  serve     runs the gateway; the default
  check     says what is wrong with a configuration, and starts nothing
  schema    prints the JSON Schema of the configuration, for editors
  keygen    prints a new key for sessions.keys

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
  schema: `Usage: postern schema > postern.schema.json

Prints the JSON Schema (2020-12) of the configuration. An editor that speaks
YAML uses it with this first line in postern.yaml:

  # yaml-language-server: $schema=./postern.schema.json
`,
  keygen: `Usage: postern keygen > postern.key

Prints 32 random bytes in base64url and a line feed: a key for sessions.keys. To
change keys without signing anybody out, put the new one first and keep the old
one behind it for as long as sessions.lifetime.
`,
}

export async function runHelp(
  { topic }: { readonly topic: CommandName | undefined },
  { stdout }: CommandIo,
): Promise<number> {
  stdout.write(topic === undefined ? general : topics[topic])
  return exitCodes.success
}
