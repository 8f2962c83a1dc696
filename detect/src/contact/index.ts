/** Detectors of how people and machines are reached. */
import type { Detector } from '../detector.ts'
import { email } from './email.ts'

export const contactDetectors: readonly Detector[] = [email]
