// The signature of a compact JWS (RFC 7515 §5.2), made by one of several keys or by none.

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

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Undefined for what is no JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}
