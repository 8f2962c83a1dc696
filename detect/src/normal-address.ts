/** The normal form of an IP address: RFC 5952 for version 6, no leading zeros for version 4. From normalise.ts. Pure. */

/** Undefined: no address. What stands behind it (`/64`, `%eth0`) stays. */
export function normalAddress(text: string): string | undefined {
  const [, address, behind] = /^([0-9a-fA-F:.]+)([/%].*)?$/s.exec(text) ?? []
  if (address === undefined) return undefined
  const normal = address.includes(':') ? ofSix(address.toLowerCase()) : ofFour(address)
  return normal === undefined ? undefined : normal + (behind ?? '')
}

function ofFour(text: string): string | undefined {
  const parts = text.split('.')
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part))
  return isAddress ? parts.map(Number).join('.') : undefined
}

function ofSix(text: string): string | undefined {
  const groups = groupsOf(text)
  if (groups === undefined) return undefined
  // The longest run of zero groups, the first of several; one alone is written out.
  let runStart = -1
  let runLength = 1
  for (let at = 0; at < groups.length; at++) {
    let to = at
    while (to < groups.length && groups[to] === 0) to++
    if (to - at > runLength) {
      runStart = at
      runLength = to - at
    }
    at = Math.max(at, to)
  }
  const written = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return runStart === -1
    ? written(0, 8)
    : `${written(0, runStart)}::${written(runStart + runLength, 8)}`
}

/** Eight numbers; undefined: no address. */
function groupsOf(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [front, back] = halves.map((half) =>
    half === '' ? [] : half.split(':').flatMap(numbersOf),
  )
  const groups =
    back === undefined
      ? front!
      : [...front!, ...Array.from({ length: 8 - front!.length - back.length }, () => 0), ...back]
  const isAddress = groups.length === 8 && groups.every((group) => group >= 0 && group <= 0xff_ff)
  return isAddress ? groups : undefined
}

/** One group, or the two of an address of version 4 at the end. -1: neither. */
function numbersOf(group: string): number[] {
  if (/^[0-9a-f]{1,4}$/.test(group)) return [Number.parseInt(group, 16)]
  const four = ofFour(group)?.split('.').map(Number)
  if (four === undefined) return [-1]
  return [four[0]! * 256 + four[1]!, four[2]! * 256 + four[3]!]
}
