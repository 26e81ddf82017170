import type { Config } from '../../config/config.ts'
import { isForPassword } from '../../config/routes/providerUses.ts'
import { createThrottling } from '../../throttling/createThrottling.ts'
import {
  createPasswordSignIn,
  type PasswordSignInOptions,
  type SignInWithPassword,
} from './passwordSignIn.ts'

export interface Passwords {
  readonly signIn: SignInWithPassword
  close(): Promise<void>
}

/** Undefined where no provider takes passwords: nothing is counted then, and no connection is opened. */
export function createPasswords(
  config: Config,
  services: Pick<PasswordSignInOptions, 'relyingParties' | 'log' | 'metrics'>,
): Passwords | undefined {
  if (!config.providers.some(isForPassword)) return undefined
  const throttling = createThrottling(config, services.log)
  const { answerTime } = config.throttling
  return {
    signIn: createPasswordSignIn({ ...services, throttling, answerTime }),
    close: () => throttling.close(),
  }
}
