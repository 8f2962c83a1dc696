/** All built-in detectors, by folder. */
import { contactDetectors } from './contact/index.ts'
import { cryptoDetectors } from './crypto/index.ts'
import type { Detector } from './detector.ts'
import { numberDetectors } from './numbers/index.ts'
import { peopleDetectors } from './people/index.ts'
import { secretDetectors } from './secrets/index.ts'

export const builtInDetectors: readonly Detector[] = [
  ...contactDetectors,
  ...numberDetectors,
  ...cryptoDetectors,
  ...peopleDetectors,
  ...secretDetectors,
]
