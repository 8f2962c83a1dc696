/** Identity numbers, and others that are checked like them, of all the tables here. */
import type { Detector } from '../../detector.ts'
import { allIdRules } from './all-rules.ts'
import { idDetectors } from './id-detectors.ts'

export const nationalIdDetectors: readonly Detector[] = idDetectors(allIdRules)
