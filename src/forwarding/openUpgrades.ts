// The client sockets of WebSockets, opening and open, by session: so that they end when the session does.

import type { Socket } from 'node:net'
import type { Clock, EpochSeconds, Milliseconds } from '../time.ts'

/** A session, as far as its WebSockets go. */
export interface UpgradeOwner {
  readonly id: string
  /** Its absolute end. */
  readonly endsAt: EpochSeconds
}

interface OwnedSockets {
  readonly endsAt: EpochSeconds
  readonly sockets: Set<Socket>
}

const sweepEvery: Milliseconds = 1000

export class OpenUpgrades {
  readonly #owned = new Map<string | undefined, OwnedSockets>()
  readonly #clock: Clock
  readonly #sweeping: NodeJS.Timeout

  constructor(clock: Clock) {
    this.#clock = clock
    // Because a timer for each socket could not wait for the weeks that a session may last.
    this.#sweeping = setInterval(() => this.#closeOver(), sweepEvery).unref()
  }

  /** Forgets the socket by itself once it is closed. `owner` is undefined where no session stands behind it. */
  add(owner: UpgradeOwner | undefined, socket: Socket): void {
    const id = owner?.id
    const owned = this.#owned.get(id) ?? { endsAt: owner?.endsAt ?? Infinity, sockets: new Set() }
    const { sockets } = owned
    this.#owned.set(id, owned)
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) this.#owned.delete(id)
    })
  }

  close(sessionId: string): void {
    destroyAll(this.#owned.get(sessionId))
  }

  /** To be called last. */
  closeAll(): void {
    clearInterval(this.#sweeping)
    for (const owned of this.#owned.values()) destroyAll(owned)
  }

  #closeOver(): void {
    const now = this.#clock.now()
    for (const owned of this.#owned.values()) if (now >= owned.endsAt) destroyAll(owned)
  }
}

function destroyAll(owned: OwnedSockets | undefined): void {
  for (const socket of owned?.sockets ?? []) socket.destroy()
}
