// The client sockets of WebSockets, opening and open, by session: so that they end when the session does.

import type { Socket } from 'node:net'

export class OpenUpgrades {
  readonly #sockets = new Map<string | undefined, Set<Socket>>()

  /** Forgets the socket by itself once it is closed. `sessionId` is undefined where no session stands behind it. */
  add(sessionId: string | undefined, socket: Socket): void {
    const sockets = this.#sockets.get(sessionId) ?? new Set()
    this.#sockets.set(sessionId, sockets.add(socket))
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) this.#sockets.delete(sessionId)
    })
  }

  close(sessionId: string): void {
    for (const socket of this.#sockets.get(sessionId) ?? []) socket.destroy()
  }

  closeAll(): void {
    for (const sockets of this.#sockets.values()) for (const socket of sockets) socket.destroy()
  }
}
