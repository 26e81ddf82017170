// `npm run build`: the whole gateway in one file, dist/postern.js, which starts in half the time of the modules.

import { chmod, rm, stat } from 'node:fs/promises'
import { bundle } from './bundle.ts'

const outfile = 'dist/postern.js'

await rm('dist', { recursive: true, force: true })
await bundle(outfile)
await chmod(outfile, 0o755)
const { size } = await stat(outfile)
process.stdout.write(`${outfile}: ${Math.round(size / 1024)} KiB\n`)
