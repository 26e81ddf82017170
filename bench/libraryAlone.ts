// How many different tokens the library verifies in a second on the measured core, with nothing around it:
// node bench/libraryAlone.ts ALG SECONDS AT_ONCE

import { jwtVerify } from 'jose'
import { makeDistinctTokens, signingKeys, tokenAudience, tokenIssuer } from './accessTokens.ts'

const [, , alg, seconds, atOnce] = process.argv
const key = signingKeys.find((one) => one.alg === alg)!
const tokens = makeDistinctTokens(key).slice(0, 3000)
const { publicKey } = key
const expected = { issuer: tokenIssuer, audience: tokenAudience, typ: 'at+jwt' }
async function verifyFor(milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds
  let count = 0
  while (performance.now() < end) {
    const batch = Array.from({ length: Number(atOnce) }, () => tokens[count++ % tokens.length]!)
    await Promise.all(batch.map((token) => jwtVerify(token, publicKey, expected)))
  }
  return count
}

await verifyFor(1000)
const milliseconds = Number(seconds) * 1000
process.stdout.write(`${(await verifyFor(milliseconds)) / Number(seconds)}\n`)
