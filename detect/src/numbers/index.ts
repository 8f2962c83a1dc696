/** Detectors of numbers with an issuer: cards, accounts, identities. */
import { withinLine, type Detector } from '../detector.ts'
import { creditCard, creditCardInGroups } from './credit-card.ts'
import { documentDetectors } from './documents.ts'
import { ibanDetectors } from './iban.ts'
import { nationalIdDetectors } from './national/index.ts'
import { usItin, usItinBare } from './us-itin.ts'
import { usSsn, usSsnBare } from './us-ssn.ts'

export const numberDetectors: readonly Detector[] = withinLine(
  [
    creditCard,
    creditCardInGroups,
    ...ibanDetectors,
    usSsn,
    usSsnBare,
    usItin,
    usItinBare,
    ...nationalIdDetectors,
    ...documentDetectors,
  ],
  { ahead: 256, behind: 64 },
)
