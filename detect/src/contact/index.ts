/** Detectors of how people and machines are reached. */
import { withinLine, type Detector } from '../detector.ts'
import { email } from './email.ts'
import { ipAddressDetectors } from './ip-address.ts'
import { macAddressDetectors } from './mac-address.ts'
import { phoneDetectors } from './phone.ts'

export const contactDetectors: readonly Detector[] = withinLine(
  [email, ...ipAddressDetectors, ...macAddressDetectors, ...phoneDetectors],
  { ahead: 256, behind: 64 },
)
