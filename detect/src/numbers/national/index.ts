/** Identity numbers, and others that are checked like them, of all the tables here. */
import type { Detector } from '../../detector.ts'
import { africanAndOceanicIds } from './africa-oceania.ts'
import { americanIds } from './americas.ts'
import { asianIds } from './asia.ts'
import { healthBankAndDeviceNumbers } from './health-banks-devices.ts'
import { idDetectors } from './id-rule.ts'
import { northEastEuropeanIds } from './north-east-europe.ts'
import { westEuropeanIds } from './west-europe.ts'

export const nationalIdDetectors: readonly Detector[] = idDetectors([
  ...westEuropeanIds,
  ...northEastEuropeanIds,
  ...americanIds,
  ...asianIds,
  ...africanAndOceanicIds,
  ...healthBankAndDeviceNumbers,
])
