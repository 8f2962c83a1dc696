/** Detectors of what is known of people by the words around it: names, addresses, dates of birth. */
import type { Detector } from '../detector.ts'
import { addressDetectors } from './address.ts'
import { dateOfBirthDetectors } from './date-of-birth.ts'
import { personDetectors } from './person.ts'

export const peopleDetectors: readonly Detector[] = [
  ...personDetectors,
  ...addressDetectors,
  ...dateOfBirthDetectors,
]
