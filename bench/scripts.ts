// Lua for wrk, where a request has to differ from the one before it. Each run goes on where the last one ended, so
// that nothing comes again before all the others have.

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
  const [list, script, place] = ['txt', 'lua', 'at'].map((end) => join(folder, `${name}.${end}`))
  writeFileSync(list!, `${lines.join('\n')}\n`)
  writeFileSync(place!, '0')
  writeFileSync(
    script!,
    `local lines, threads = {}, {}
for line in io.lines(${JSON.stringify(list)}) do lines[#lines + 1] = line end
at = tonumber(io.open(${JSON.stringify(place)}):read("*a"))
setup = function(thread) threads[#threads + 1] = thread end
request = function()
  at = at % #lines + 1
  return wrk.format("GET", ${path}, ${headers})
end
done = function()
  local file = io.open(${JSON.stringify(place)}, "w")
  file:write(threads[1]:get("at"))
  file:close()
end
`,
  )
  return script!
}
