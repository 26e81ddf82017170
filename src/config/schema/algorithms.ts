/** Signature algorithms whose keys are public: RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2. */
export const asymmetricAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const
