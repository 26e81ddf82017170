/** The secrets of one login in flight, bound to one browser and one provider. */
export interface LoginSecrets {
  readonly state: string
  readonly nonce: string
  /** RFC 7636 §4.1. */
  readonly codeVerifier: string
}
