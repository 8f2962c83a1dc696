/** Detectors of numbers with an issuer: cards, accounts, identities. */
import type { Detector } from '../detector.ts'
import { creditCard } from './credit-card.ts'
import { ibanDetectors } from './iban.ts'
import { usSsn } from './us-ssn.ts'

export const numberDetectors: readonly Detector[] = [creditCard, ...ibanDetectors, usSsn]
