// What the issuer remembers, in this process alone: gone when the demo ends, and meant to be.

import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

interface Entry {
  readonly model: string
  readonly payload: AdapterPayload
  readonly expiresAtMs: number
}

/** One store for one issuer; each kind of thing gets its own view of it. */
export function createIssuerStore(now: () => number = Date.now): AdapterFactory {
  const entries = new Map<string, Entry>()

  function find(key: string): AdapterPayload | undefined {
    const entry = entries.get(key)
    return entry !== undefined && entry.expiresAtMs > now() ? entry.payload : undefined
  }
  function search(isWanted: (entry: Entry) => boolean): AdapterPayload | undefined {
    return [...entries.values()].find((entry) => entry.expiresAtMs > now() && isWanted(entry))
      ?.payload
  }
  function remove(isUnwanted: (entry: Entry) => boolean): void {
    for (const [key, entry] of entries) if (isUnwanted(entry)) entries.delete(key)
  }

  return (model): Adapter => ({
    async upsert(id, payload, expiresInSeconds) {
      remove((entry) => entry.expiresAtMs <= now())
      const expiresAtMs = now() + (expiresInSeconds ?? Infinity) * 1000
      entries.set(`${model}:${id}`, { model, payload, expiresAtMs })
    },
    find: async (id) => find(`${model}:${id}`),
    findByUid: async (uid) => search((entry) => entry.model === model && entry.payload.uid === uid),
    findByUserCode: async (userCode) =>
      search((entry) => entry.model === model && entry.payload.userCode === userCode),
    async consume(id) {
      const payload = find(`${model}:${id}`)
      if (payload !== undefined) payload.consumed = Math.floor(now() / 1000)
    },
    async destroy(id) {
      entries.delete(`${model}:${id}`)
    },
    async revokeByGrantId(grantId) {
      remove((entry) => entry.model === model && entry.payload.grantId === grantId)
    },
  })
}
