// Lua for wrk, where a request has to differ from the one before it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A bearer token per request, in turn. */
export function writeTokenScript(folder: string, name: string, tokens: readonly string[]): string {
  return write(folder, name, tokens, `{ ["Authorization"] = "Bearer " .. lines[at] }`, 'wrk.path')
}

/** A path per request, in turn. */
export function writePathScript(folder: string, name: string, paths: readonly string[]): string {
  return write(folder, name, paths, 'nil', 'lines[at]')
}

function write(
  folder: string,
  name: string,
  lines: readonly string[],
  ...[headers, path]: [headers: string, path: string]
): string {
  const list = join(folder, `${name}.txt`)
  const script = join(folder, `${name}.lua`)
  writeFileSync(list, `${lines.join('\n')}\n`)
  writeFileSync(
    script,
    `local lines, at = {}, 0
for line in io.lines(${JSON.stringify(list)}) do lines[#lines + 1] = line end
request = function()
  at = at % #lines + 1
  return wrk.format("GET", ${path}, ${headers})
end
`,
  )
  return script
}
