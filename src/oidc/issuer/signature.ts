// The signature of a compact JWS (RFC 7515 §5.2), made by one of several keys or by none.

import { isUtf8 } from 'node:buffer'
import { compactVerify } from 'jose'

export type SigningKey = Parameters<typeof compactVerify>[1]

/** The payload, where one of the keys made the signature. */
export async function openSigned(
  token: string,
  keys: readonly SigningKey[],
  alg: string,
): Promise<Uint8Array | undefined> {
  for (const key of keys) {
    const payload = await openWith(token, key, alg)
    if (payload !== undefined) return payload
  }
  return undefined
}

async function openWith(
  token: string,
  key: SigningKey,
  alg: string,
): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(token, key, { algorithms: [alg] })).payload
  } catch {
    return undefined
  }
}

/** Undefined for what is no JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  // Threat: where bytes that are no UTF-8 are replaced, two texts become one.
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
}
