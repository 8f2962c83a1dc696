/** Why a caller was refused, with the configured issuer where it is known by then. */
import { GatetrailError, type ErrorCode } from '@gatetrail/schemas'

/** A refused token. Its message never holds any part of the token but the names of members and the `iss`. */
export class IdentityError extends GatetrailError {
  /** The configured name of the issuer, once the token has been matched to one. For `identity.rejected`. */
  readonly issuer: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { issuer?: string | undefined; hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, options)
    this.name = 'IdentityError'
    this.issuer = options.issuer
  }
}
