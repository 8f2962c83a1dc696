/** Goes on permuting until the value is one of those that it shall be one of. From format-preserving.ts. Pure. */

/** With one value of ten wanted, a walk of this length ends in all but one case of 10^11. */
const stepsMax = 256

/** `step` changes the value, false if it can't. False: the value isn't wanted, whatever it is now. */
export function walkUntil(step: () => boolean, isWanted: () => boolean): boolean {
  for (let count = 0; count < stepsMax; count++) {
    if (!step()) return false
    if (isWanted()) return true
  }
  return false
}
