/** Who is calling: what the rest of the proxy needs of identity. */
export {
  createAuthenticator,
  type Authenticator,
  type AuthenticatorOptions,
  type ClaimToken,
  type VerifiedIdentity,
} from './authenticator.ts'
