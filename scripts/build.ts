// `npm run build`: the whole gateway in one file, dist/postern.js, which starts in half the time of the modules.

import { chmod, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const outfile = 'dist/postern.js'

// Because some dependencies are CommonJS and call require, which an ES module has not.
const banner = `#!/usr/bin/env node
import { createRequire as createRequireOfBundle } from 'node:module'
const require = createRequireOfBundle(import.meta.url)`

await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  banner: { js: banner },
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'eof',
  logLevel: 'info',
})
await chmod(outfile, 0o755)
