import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Because every connection that anybody opens takes a port of the system's range, one of these is not free for long.
const below = 32_768
const from = 10_240

/** A port of 127.0.0.1 that was free a moment ago, and that the system gives to nobody by itself. */
export async function freePort(): Promise<number> {
  const port = randomInt(from, below)
  return (await isFree(port)) ? port : freePort()
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
