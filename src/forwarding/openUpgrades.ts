// The client sockets of WebSockets, opening and open, by who opened them: so that they end when the session does, or
// the access token.

import type { Socket } from 'node:net'
import type { Principal, ReceivedRequest } from '../request.ts'
import type { Clock, EpochSeconds, Milliseconds } from '../time.ts'

/** The id of a session; without one, the principal itself, which is the same for as long as its token is known. */
type Owner = string | Principal | undefined

interface OwnedSockets {
  readonly endsAt: EpochSeconds
  readonly sockets: Set<Socket>
}

const sweepEvery: Milliseconds = 1000
/** Longer than a handshake is judged: tokens of the issuer's may have to be waited for. */
const rememberEndsFor: Milliseconds = 300_000

export class OpenUpgrades {
  readonly #owned = new Map<Owner, OwnedSockets>()
  /** When sessions ended, the first of them first. */
  readonly #ended = new Map<string, Milliseconds>()
  readonly #clock: Clock
  readonly #sweeping: NodeJS.Timeout

  constructor(clock: Clock) {
    this.#clock = clock
    // Because a timer for each socket could not wait for the weeks that a session may last.
    this.#sweeping = setInterval(() => this.#closeOver(), sweepEvery).unref()
  }

  /** Forgets the socket by itself once it is closed. */
  add(
    principal: Principal | undefined,
    { incoming: { socket }, receivedAt }: Pick<ReceivedRequest, 'incoming' | 'receivedAt'>,
  ): void {
    const id = principal?.session?.id
    // Threat: a handshake that was judged before its session ended, and is forwarded after.
    if (id !== undefined && (this.#ended.get(id) ?? -Infinity) >= receivedAt) socket.destroy()
    // Because one that has closed already says so to nobody any more.
    if (socket.destroyed) return
    const owner: Owner = id ?? principal
    const endsAt = principal?.endsAt ?? Infinity
    const owned = this.#owned.get(owner) ?? { endsAt, sockets: new Set() }
    const { sockets } = owned
    this.#owned.set(owner, owned)
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) this.#owned.delete(owner)
    })
  }

  close(sessionId: string): void {
    this.#ended.set(sessionId, performance.now())
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
    this.#forgetEnds(performance.now() - rememberEndsFor)
  }

  #forgetEnds(before: Milliseconds): void {
    for (const [id, endedAt] of this.#ended) {
      if (endedAt >= before) return
      this.#ended.delete(id)
    }
  }
}

function destroyAll(owned: OwnedSockets | undefined): void {
  for (const socket of owned?.sockets ?? []) socket.destroy()
}
