// The whole gateway in one file. A Node that is too old gets a sentence and not the stack of whatever it lacks.

import { build } from 'esbuild'
import packageJson from '../package.json' with { type: 'json' }

const needed = packageJson.engines.node.replace('>=', '')
const [major, minor] = needed.split('.')

// Because some dependencies are CommonJS and call require, which an ES module has not. The version is judged
// first, in words that any Node understands.
const banner = `#!/usr/bin/env node
import { createRequire as createRequireOfBundle } from 'node:module'
{
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < ${major} || (major === ${major} && minor < ${minor})) {
    process.stderr.write('Postern needs Node ${needed} or later; this is v' + process.versions.node + '. Put one first on the PATH, or name it: /path/to/node ' + process.argv[1] + '\\n')
    process.exit(1)
  }
}
const require = createRequireOfBundle(import.meta.url)`

export async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: ['src/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Because a file that an older Node cannot parse never gets to say which one it needs.
    target: 'node20',
    banner: { js: banner },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'eof',
    logLevel: 'warning',
  })
}
