// The client's fields where the upstream gets content that is not what came: what was said about the other is gone, and
// what an application could take for a field of the new one.

import { foldFieldName } from '../http/fields.ts'
import { isFieldName, isLikeField } from '../http/formFields.ts'
import type { ReplacedContent } from '../request.ts'

/** What says how the content is written, how long it is, or what it hashes to. */
const aboutContent = new Set([
  'content-type',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
])

/** @param fields - Names and values in turn. */
export function replaceContent(
  fields: string[],
  { type, body, fieldNames }: ReplacedContent,
): void {
  for (let at = fields.length - 2; at >= 0; at -= 2) {
    const name = foldFieldName(fields[at]!)
    const value = name === 'cookie' ? withoutFields(fields[at + 1]!, fieldNames) : fields[at + 1]!
    if (aboutContent.has(name) || value === '') fields.splice(at, 2)
    else fields[at + 1] = value
  }
  fields.push('Content-Type', type, 'Content-Length', String(body.length))
}

/** Threat: PHP without `request_order` looks for a field among the cookies first, and once decoded their names. */
function withoutFields(cookies: string, fieldNames: readonly string[]): string {
  const others = cookies.split(';').filter((pair) => {
    const name = toText(pair.split('=', 1)[0]!)
    return isFieldName(name) && !fieldNames.some((wanted) => isLikeField(name, wanted))
  })
  return others.join(';').trimStart()
}

/** @param name - In Latin-1, as fields are. */
function toText(name: string): string {
  const bytes = name.replaceAll(/%([\da-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}
