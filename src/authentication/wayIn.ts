import type { AuthenticationResult, RoutedRequest } from '../request.ts'

/** A way in. Not a promise where no outside store has to be asked. */
export type WayIn = (routed: RoutedRequest) => AuthenticationResult | Promise<AuthenticationResult>
