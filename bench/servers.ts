// Starts all that stands side by side in one run: an application, the gateway three times over, and its peers.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../test/support/ports.ts'
import { startGateways } from './gateways.ts'
import { startPeers } from './peers.ts'
import { supportCore, type Started } from './processes.ts'
import { startNode, type Keep, type Row } from './world.ts'

export interface World {
  /** The bare server first. */
  readonly rows: readonly Row[]
  stop(): Promise<void>
}

export async function startWorld(): Promise<World> {
  const running: Started[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((process) => process.stop()))
  }
  const keep: Keep = async (started) => {
    running.push(await started)
    return running.at(-1)!.pid
  }
  try {
    const upstream = await freePort()
    await keep(startNode('bench/peers/bareServer.ts', [String(upstream)], upstream, supportCore))
    const places = { keep, upstream, folder: mkdtempSync(join(tmpdir(), 'postern-bench-')) }
    return { rows: [...(await startPeers(places)), ...(await startGateways(places))], stop }
  } catch (error) {
    await stop()
    throw error
  }
}
