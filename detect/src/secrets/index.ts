/** Detectors of keys, tokens and passwords. */
import type { Detector } from '../detector.ts'
import { authorizationHeader, bearerToken } from './authorization.ts'
import { commandPasswords } from './command-password.ts'
import { jwt } from './jwt.ts'
import { markedWithin } from './marked-within.ts'
import { namedSecrets } from './named-secret.ts'
import { md5Password, passwordHash } from './password-hash.ts'
import { pemPrivateKey, puttyPrivateKey } from './private-key.ts'
import { providerKeys } from './provider-keys.ts'
import { providerTokens } from './provider-tokens.ts'
import { urlPassword } from './url-password.ts'

export const secretDetectors: readonly Detector[] = [
  jwt,
  pemPrivateKey,
  puttyPrivateKey,
  ...providerTokens,
  ...markedWithin,
  ...namedSecrets,
  providerKeys,
  urlPassword,
  authorizationHeader,
  bearerToken,
  ...commandPasswords,
  passwordHash,
  md5Password,
]
