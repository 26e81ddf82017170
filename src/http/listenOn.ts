import type { AddressInfo, Server } from 'node:net'

/** Resolves with what was bound once connections are taken. @throws what the system says, such as EADDRINUSE */
export function listenOn(
  server: Server,
  address: { readonly host: string; readonly port: number },
): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>()
  server.once('error', reject)
  server.listen(address.port, address.host, () => {
    server.off('error', reject)
    const bound = server.address()
    if (bound === null || typeof bound === 'string') reject(new Error('not listening on a port'))
    else resolve(bound)
  })
  return promise
}

/** An address that could not be listened on; the cause is what the system says. */
export class ListenFault extends Error {
  /** The setting that names it. */
  readonly setting: string

  constructor(setting: string, cause: unknown) {
    super(`could not listen on ${setting}`, { cause })
    this.name = 'ListenFault'
    this.setting = setting
  }
}

/** @throws ListenFault */
export async function listenAs(
  setting: string,
  listener: { listen(): Promise<AddressInfo> },
): Promise<AddressInfo> {
  try {
    return await listener.listen()
  } catch (cause) {
    throw new ListenFault(setting, cause)
  }
}
