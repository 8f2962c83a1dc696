/** @gatetrail/proxy: the listeners, sessions and policies of the data path. See docs/ARCHITECTURE.md, "proxy". */
export { startProxy, type Proxy, type ProxyOptions } from './start-proxy.ts'
export { listen, type Listener } from './listener/listen.ts'
export { loadFingerprintKey } from './keys/fingerprint-key.ts'
export {
  loadFingerprintKeys,
  type FingerprintKey,
  type FingerprintKeys,
} from './keys/fingerprint-keys.ts'
export { loadMaskingKey } from './keys/masking-key.ts'
export { resolveSecret, type SecretSources } from './credentials/resolve-secret.ts'
export type { Operations } from './operations/operations-server.ts'
export {
  createPolicyStore,
  loadPolicySet,
  PolicyInvalidError,
  type PolicyFile,
  type PolicySet,
} from './policy/index.ts'
export { createUsedTokens } from './identity/used-tokens.ts'
export {
  createAuthenticator,
  type Authenticator,
  type AuthenticatorOptions,
  type ClaimToken,
  type VerifiedIdentity,
} from './identity/index.ts'
export { discover, type DiscoveredColumn, type Discovery } from './discover/discover.ts'
