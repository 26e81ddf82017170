// An upstream without an HTTP library: every connection's bytes are recorded as they came, and what it says is
// written by the test. For framing, smuggling, stray answers and half-finished messages.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

export interface RawConnection {
  readonly socket: Socket
  /** All that has come so far, as latin1. */
  readonly received: string
  readonly isClosed: boolean
  /** Resolves with all that has come once `text` is in it, from `from` on; rejects where it ends before. */
  waitFor(text: string, from?: number): Promise<string>
  waitForClose(): Promise<void>
  /** Writes latin1. */
  send(text: string): void
}

export interface RawUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  readonly connections: readonly RawConnection[]
  /** The connection of this number, counted from 0; waits until it is there. */
  connection(index?: number): Promise<RawConnection>
}

/** `converse` is called for every connection, and says what the upstream does with it. */
export async function startRawUpstream(
  converse: (connection: RawConnection) => unknown = () => {},
  tls?: TlsOptions,
): Promise<RawUpstream> {
  const connections: RawConnection[] = []
  const arrivals = createSignal()
  const accept = (socket: Socket): void => {
    // Because what is sent has to be on its way at once, whatever was acknowledged before.
    socket.setNoDelay(true)
    const connection = createConnection(socket)
    connections.push(connection)
    arrivals.notify()
    void converse(connection)
  }
  const server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  const { port } = address
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    connections,
    connection: (index = 0) => arrivals.until(() => connections[index]),
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Says `answer` to every request head, counted by its blank line. */
export function answering(answer: string): (connection: RawConnection) => void {
  return (connection) => {
    let from = 0
    connection.socket.on('data', () => {
      for (;;) {
        const end = connection.received.indexOf('\r\n\r\n', from)
        if (end === -1) return
        from = end + 4
        connection.send(answer)
      }
    })
  }
}

/** A client without an HTTP library. */
export function connectRaw(port: number): RawConnection {
  return createConnection(connect(port, '127.0.0.1'))
}

function createConnection(socket: Socket): RawConnection {
  const changes = createSignal()
  let received = ''
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    changes.notify()
  })
  socket.on('error', () => {})
  socket.on('close', changes.notify)
  return {
    socket,
    get received() {
      return received
    },
    get isClosed() {
      return socket.destroyed
    },
    waitFor: (text, from = 0) =>
      changes.until(() => {
        if (received.includes(text, from)) return received
        if (socket.destroyed) throw new Error(`closed after ${JSON.stringify(received)}`)
        return undefined
      }),
    waitForClose: async () => {
      await changes.until(() => socket.destroyed || undefined)
    },
    send: (text) => void socket.write(text, 'latin1'),
  }
}

interface Signal {
  notify(this: void): void
  /** Resolves with the first value that is defined; looked at now and at every notification. */
  until<T>(find: () => T | undefined): Promise<T>
}

function createSignal(): Signal {
  const waiting = new Set<() => void>()
  return {
    notify: () => {
      for (const look of waiting) look()
    },
    until: (find) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          try {
            const found = find()
            if (found === undefined) return
            resolve(found)
          } catch (error) {
            reject(error)
          }
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}
