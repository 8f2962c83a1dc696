/** Detectors of what is known of people by the words around it: names, addresses, dates of birth. */
import { withinLine, type Detector } from '../detector.ts'
import { addressDetectors } from './address.ts'
import { dateOfBirthDetectors } from './date-of-birth.ts'
import { personDetectors } from './person.ts'

export const peopleDetectors: readonly Detector[] = withinLine(
  [...personDetectors, ...addressDetectors, ...dateOfBirthDetectors],
  { ahead: 512, behind: 128 },
)
