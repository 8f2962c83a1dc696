/** Detectors of how people and machines are reached. */
import type { Detector } from '../detector.ts'
import { email } from './email.ts'
import { phoneDetectors } from './phone.ts'

export const contactDetectors: readonly Detector[] = [email, ...phoneDetectors]
