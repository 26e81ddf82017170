// How many guesses get through: 100,000 at one account, and one at each of 100,000 accounts, from one address and
// from many, against the counters alone and over one day of trying again whenever that is allowed. Prints the rows
// of docs/security.md. `node bench/guesses.ts`

import { Secret } from '../src/crypto/secret.ts'
import { configSchema } from '../src/config/schema.ts'
import { createLog } from '../src/telemetry/log.ts'
import { createThrottling } from '../src/throttling/createThrottling.ts'

const guesses = 100_000

const { throttling, sessions } = configSchema.parse({
  publicUrl: 'https://app.example.com',
  providers: [{ id: 'main', issuer: 'https://issuer.example', clientId: 'postern' }],
  upstreams: { app: { url: 'http://127.0.0.1:3000' } },
  routes: [{ match: { path: '/**' }, upstream: 'app' }],
})

function createThrottle() {
  const { redis: _, ...rest } = sessions
  const keys = [new Secret('a key of the bench that is at least 32 bytes')]
  return createThrottling(
    { throttling, sessions: { ...rest, keys } },
    createLog('silent', {
      write: () => {},
    }),
  )
}

const anAddress = (at: number) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`

/** How many of them the issuer would be asked about. */
async function count(
  account: (at: number) => string,
  address: (at: number) => string,
): Promise<number> {
  const throttle = createThrottle()
  let passed = 0
  for (let at = 0; at < guesses; at += 1) {
    const { outcome } = await throttle.admit({
      account: throttle.keys.ofAccount('main', account(at)),
      address: throttle.keys.ofAddress(address(at)),
    })
    if (outcome === 'admitted') passed += 1
  }
  return passed
}

/** Reckoned, since nobody waits a day for a bench: the free ones, then one after each wait. */
function countInOneDay(): number {
  const { failures, lockout } = throttling.account
  let passed = failures
  let elapsed = 0
  for (let beyond = 0; ; beyond += 1) {
    elapsed += Math.ceil(Math.min(lockout, (lockout / 32) * 2 ** beyond) / 1000)
    if (elapsed >= 86_400) return passed
    passed += 1
  }
}

/** Reckoned likewise, for somebody who pauses until everything is forgotten. */
function countByPausing(): number {
  const { failures, window, lockout } = throttling.account
  const pauseSeconds = Math.ceil(lockout / 32 / 1000) + window / 1000
  return failures * (1 + Math.floor(86_400 / pauseSeconds))
}

const one = () => 'alice'
const each = (at: number) => `person-${at}`
const here = () => '192.0.2.1'

process.stdout.write(`| what is tried | from | got through |
| --- | --- | --- |
| 100,000 guesses at one account, at once | one address | ${await count(one, here)} |
| 100,000 guesses at one account, at once | 100,000 addresses | ${await count(one, anAddress)} |
| guesses at one account in a day, whenever one is allowed | many addresses | ${countInOneDay()} |
| guesses at one account in a day, pausing until it is forgotten | many addresses | ${countByPausing()} |
| one guess at each of 100,000 accounts, at once | one address | ${await count(each, here)} |
| one guess at each of 100,000 accounts, at once | 1,000 addresses | ${await count(each, (at) => anAddress(at % 1000))} |
| one guess at each of 100,000 accounts, at once | 100,000 addresses | ${await count(each, anAddress)} |
`)
