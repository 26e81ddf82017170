// A world whose people sign in with a user name and a password, on the gateway's own form.

import { startWorld, type World, type WorldOptions } from './world.ts'

export function startPasswordWorld(options: WorldOptions = {}): Promise<World> {
  return startWorld({
    routes: [{ match: { path: '/**' }, authenticate: ['password'], upstream: 'app' }],
    sessions: { store: 'memory' },
    ...options,
    provider: { password: {}, ...options.provider },
    issuer: { passwordGrant: true, ...options.issuer },
    config: {
      ...options.config,
      throttling: { answerTime: '20ms', ...options.config?.throttling },
    },
  })
}
