/** Detectors of keys, tokens and passwords. */
import type { Detector } from '../detector.ts'
import { jwt } from './jwt.ts'
import { pemPrivateKey, puttyPrivateKey } from './private-key.ts'
import { providerTokens } from './provider-tokens.ts'

export const secretDetectors: readonly Detector[] = [
  jwt,
  pemPrivateKey,
  puttyPrivateKey,
  ...providerTokens,
]
