/**
 * US individual taxpayer identification numbers: as social security numbers, but 9xx with a group of 50 to 65, 70 to 88, 90 to
 * 92 or 94 to 99 (IRS, "Taxpayer Identification Numbers"; IRM 3.21.263).
 */
import type { Detector } from '../detector.ts'
import { asciiOf, numberMayBegin, numberMayEnd } from '../byte-classes.ts'
import { contextWords } from '../context-words.ts'
import { bareCandidate, groupedBytes, groupedCandidate, isGrouped, numberAt } from './us-ssn.ts'

const words = contextWords('itin itins taxpayer tin tax')

function isGroup(group: number): boolean {
  return group >= 50 && group !== 89 && group !== 93 && (group <= 65 || group >= 70)
}

export const usItin: Detector = {
  ...groupedCandidate,
  name: 'us_itin',
  startsWith: '9',
  confirm(scan, at) {
    if (!isGrouped(scan.bytes, scan.start, at, scan.end)) return
    if (!isGroup(numberAt(scan.bytes, at + 4, 2))) return
    const isNamed = scan.isNamed(at, words)
    if (!isNamed && scan.bytes[at + 3] !== asciiOf.dash) return
    scan.add(at, at + groupedBytes, 'US_ITIN', isNamed ? 'certain' : 'likely', 'us_itin')
  },
}

export const usItinBare: Detector = {
  ...bareCandidate,
  name: 'us_itin_bare',
  startsWith: '9',
  confirm(scan, at, end) {
    const { bytes } = scan
    if (!isGroup(numberAt(bytes, at + 3, 2))) return
    if (!numberMayBegin(bytes, scan.start, at) || !numberMayEnd(bytes, end, scan.end)) return
    const level = scan.isNamed(at, words) ? 'likely' : 'possible'
    scan.add(at, end, 'US_ITIN', level, 'us_itin_bare')
  },
}
