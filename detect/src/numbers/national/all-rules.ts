/** The rules of all tables here. To index.ts, which makes detectors of them, and to masks (mask/national-ids.ts). */
import { africanAndOceanicIds } from './africa-oceania.ts'
import { americanIds } from './americas.ts'
import { asianIds } from './asia.ts'
import { healthBankAndDeviceNumbers } from './health-banks-devices.ts'
import type { IdRule } from './id-rule.ts'
import { northEastEuropeanIds } from './north-east-europe.ts'
import { westEuropeanIds } from './west-europe.ts'

export const allIdRules: readonly IdRule[] = [
  ...westEuropeanIds,
  ...northEastEuropeanIds,
  ...americanIds,
  ...asianIds,
  ...africanAndOceanicIds,
  ...healthBankAndDeviceNumbers,
]
