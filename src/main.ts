// The program: what the command line asks for, run; the only file that ends the process.

import { runCheck } from './commands/check.ts'
import { exitCodes, parseCommandLine } from './commands/commandLine.ts'
import { commandNames } from './commands/commandNames.ts'
import { runExplain } from './commands/explain.ts'
import { runHelp } from './commands/help.ts'
import type { CommandIo } from './commands/io.ts'
import { runKeygen } from './commands/keygen.ts'
import { runSchema } from './commands/schema.ts'
import { runServe } from './commands/serve.ts'
import { runVersion } from './commands/version.ts'

process.exit(await run(process.argv.slice(2), process))

async function run(argv: readonly string[], io: CommandIo): Promise<number> {
  const line = parseCommandLine(argv)
  if ('usageError' in line) {
    const topic = commandNames.find((name) => name === argv[0])
    io.stderr.write(`${line.usageError} See postern ${topic ? `${topic} ` : ''}--help.\n`)
    return exitCodes.usage
  }
  switch (line.command) {
    case 'serve':
      return runServe(line, io)
    case 'check':
      return runCheck(line, io)
    case 'explain':
      return runExplain(line, io)
    case 'schema':
      return runSchema(io)
    case 'keygen':
      return runKeygen(line, io)
    case 'version':
      return runVersion(io)
    case 'help':
      return runHelp(line, io)
  }
}
