/** Format-preserving masks of numbers of the US: valid ones stay valid, as their ranges are. From format-preserving.ts. Pure. */
import { ofNumbers, type FormatMask } from './format-mask.ts'
import type { Permutation } from './permutation.ts'
import { onlyDigits, permuteDigits, readNumber, slotsOf, writeNumber, type Slot } from './slots.ts'
import { walkUntil } from './walk.ts'

/** A number as one of `count`, and back. Undefined: it is none of these. */
type Range = {
  readonly kind: string
  readonly count: bigint
  indexOf(number: number): number | undefined
  numberAt(index: number): number
}

const serials = 9_999
const groups = 99

/** Area from `first` to `last` but 666, group 01 to 99, serial 0001 to 9999: SSA, POMS RM 10201.035. */
function socialSecurity(first: number, last: number): Range {
  const skipped = first <= 666 && last >= 666 ? 1 : 0
  const areas = last - first + 1 - skipped
  return {
    kind: `US_SSN ${first}`,
    count: BigInt(areas * groups * serials),
    indexOf(number) {
      const area = Math.floor(number / 1_000_000)
      const group = Math.floor(number / 10_000) % 100
      const serial = number % 10_000
      if (area < first || area > last || area === 666 || group === 0 || serial === 0)
        return undefined
      const place = area - first - (skipped === 1 && area > 666 ? 1 : 0)
      return (place * groups + group - 1) * serials + serial - 1
    },
    numberAt(index) {
      const serial = (index % serials) + 1
      const group = (Math.floor(index / serials) % groups) + 1
      const place = Math.floor(index / (serials * groups)) + first
      const area = skipped === 1 && place >= 666 ? place + 1 : place
      return (area * 100 + group) * 10_000 + serial
    },
  }
}

/** What begins with 0 goes on doing so: as a number it has a digit less. */
const socialSecurityRanges = [socialSecurity(1, 99), socialSecurity(100, 899)]

const itinGroups = Array.from({ length: 100 }, (_, group) => group).filter(
  (group) => group >= 50 && ![66, 67, 68, 69, 89, 93].includes(group),
)

/** 9, two digits, a group of 50-65, 70-88, 90-92, 94-99, a serial: IRS, Publication 1915. */
const itin: Range = {
  kind: 'US_ITIN',
  count: BigInt(100 * itinGroups.length * 10_000),
  indexOf(number) {
    const group = itinGroups.indexOf(Math.floor(number / 10_000) % 100)
    const area = Math.floor(number / 1_000_000) - 900
    if (area < 0 || area > 99 || group === -1) return undefined
    return (area * itinGroups.length + group) * 10_000 + (number % 10_000)
  },
  numberAt(index) {
    const place = Math.floor(index / 10_000)
    const area = 900 + Math.floor(place / itinGroups.length)
    return (area * 100 + itinGroups[place % itinGroups.length]!) * 10_000 + (index % 10_000)
  },
}

export const permuteSsn: FormatMask = inRanges(socialSecurityRanges)
export const permuteItin: FormatMask = inRanges([itin])

function inRanges(ranges: readonly Range[]): FormatMask {
  return ofNumbers((permutation, bytes, start, end) => {
    const slots = slotsOf(bytes, start, end, onlyDigits)
    if (slots.length !== 9) return permuteDigits(permutation, bytes, slots)
    const range = rangeOf(ranges, bytes, slots)
    if (range !== undefined) return permuteWithin(permutation, range, bytes, slots)
    return walkUntil(
      () => permuteDigits(permutation, bytes, slots),
      () => rangeOf(ranges, bytes, slots) === undefined,
    )
  })
}

function rangeOf(
  ranges: readonly Range[],
  bytes: Uint8Array,
  slots: readonly Slot[],
): Range | undefined {
  const number = Number(readNumber(bytes, slots))
  return ranges.find((range) => range.indexOf(number) !== undefined)
}

function permuteWithin(
  permutation: Permutation,
  range: Range,
  bytes: Uint8Array,
  slots: readonly Slot[],
): boolean {
  const index = range.indexOf(Number(readNumber(bytes, slots)))!
  const result = permutation.number(range.kind, BigInt(index), range.count)
  if (result === undefined) return false
  writeNumber(bytes, slots, BigInt(range.numberAt(Number(result))))
  return true
}
