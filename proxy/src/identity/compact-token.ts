/** Step 1 of 5. Takes a token apart without trusting any of it: size, three parts, canonical base64url, strict JSON. Pure. */
import { limits } from '@gatetrail/schemas'
import { IdentityError } from './identity-error.ts'
import { parseStrictObject, type JsonObject } from './strict-json.ts'

/** Nothing in here is authenticated yet. */
export type UnverifiedToken = {
  readonly compact: string
  readonly header: JsonObject
  readonly payload: JsonObject
  readonly hasSignature: boolean
}

/**
 * @throws IdentityError TOKEN_MISSING, TOKEN_TOO_LARGE, TOKEN_ENCRYPTED, TOKEN_MALFORMED, TOKEN_DUPLICATE_MEMBER
 */
export function parseCompactToken(compact: string): UnverifiedToken {
  if (compact === '') throw new IdentityError('TOKEN_MISSING', 'No token was given.')
  if (compact.length > limits.token.bytesMax) {
    throw new IdentityError(
      'TOKEN_TOO_LARGE',
      `The token has more than ${limits.token.bytesMax} bytes.`,
    )
  }
  const parts = compact.split('.')
  if (parts.length === 5) throw encrypted()
  const [header, payload, signature] = parts
  if (
    header === undefined ||
    payload === undefined ||
    signature === undefined ||
    parts.length !== 3
  ) {
    throw new IdentityError('TOKEN_MALFORMED', 'The token is not a JWT: it has not three parts.')
  }
  const headerObject = parseStrictObject(decodeBase64Url(header, 'header'), 'header')
  // An `enc` makes it a JWE whatever the number of parts (RFC 7516 §9).
  if (Object.hasOwn(headerObject, 'enc')) throw encrypted()
  const payloadObject = parseStrictObject(decodeBase64Url(payload, 'payload'), 'payload')
  if (signature !== '') decodeBase64Url(signature, 'signature')
  return {
    compact,
    header: headerObject,
    payload: payloadObject,
    hasSignature: signature !== '',
  }
}

/** Only the one spelling that an encoder makes: no padding, no whitespace, no stray bits (RFC 7515 §2). */
function decodeBase64Url(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url')
  if (text === '' || bytes.toString('base64url') !== text) {
    throw new IdentityError(
      'TOKEN_MALFORMED',
      `The ${what} of the token is not canonical base64url.`,
      { hint: 'Pass the token as it was issued, without line breaks or spaces.' },
    )
  }
  return bytes
}

function encrypted(): IdentityError {
  return new IdentityError(
    'TOKEN_ENCRYPTED',
    'The token is encrypted (JWE); only signed ones are accepted.',
  )
}
