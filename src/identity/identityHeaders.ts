// Which headers an identity configuration has: those of its preset, with its own in their place or behind them.

import type { IdentityConfig } from '../config/schema/identity.ts'
import { foldFieldName, isMessageField } from '../http/fields.ts'
import { presets, type IdentityHeader } from './presets.ts'

/**
 * A header that the preset has keeps the preset's kind of list, unless its own rule says otherwise.
 *
 * @throws Error for a name that {@link isMessageField} knows; the configuration has refused it before
 */
export function listIdentityHeaders({
  preset,
  headers,
  encoding,
}: IdentityConfig): IdentityHeader[] {
  const listed = new Map<string, IdentityHeader>(
    presets[preset].map((header) => [foldFieldName(header.name), { encoding, ...header }]),
  )
  for (const [name, written] of Object.entries(headers)) {
    const folded = foldFieldName(name)
    if (isMessageField(folded)) throw new Error(`${name} is no header for identity`)
    const rule = typeof written === 'string' ? { claim: written } : written
    listed.set(folded, { encoding, ...listKindOf(listed.get(folded)), ...rule, name })
  }
  return [...listed.values()]
}

function listKindOf(
  header: IdentityHeader | undefined,
): Pick<IdentityHeader, 'separator' | 'quoted'> {
  const { separator, quoted } = header ?? {}
  return {
    ...(separator === undefined ? {} : { separator }),
    ...(quoted === undefined ? {} : { quoted }),
  }
}
