/** Counts what a statement touched, by place, entity, outcome and level. A few entries: searched in order. */
import type { Touch, TouchLevel, TouchOutcome } from '@gatetrail/schemas'

/** More distinct touches than this of one statement are counted under `other`. */
const touchesMax = 200

const noTouches: readonly Touch[] = []

export class TouchCounts {
  /** Most statements touch nothing: then there is no list either. */
  #entries: Touch[] | undefined

  get entries(): readonly Touch[] {
    return this.#entries ?? noTouches
  }

  get empty(): boolean {
    return this.#entries === undefined
  }

  clear(): void {
    this.#entries = undefined
  }

  add(
    place: string,
    entity: string,
    outcome: TouchOutcome,
    level: TouchLevel,
    count: number,
  ): void {
    const entries = (this.#entries ??= [])
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]!
      if (
        entry.place === place &&
        entry.entity === entity &&
        entry.outcome === outcome &&
        entry.level === level
      ) {
        entry.count += count
        return
      }
    }
    if (entries.length >= touchesMax && place !== 'other') {
      this.add('other', entity, outcome, level, count)
      return
    }
    entries.push({ place, entity, outcome, level, count })
  }

  addAll(others: TouchCounts): void {
    if (others.empty) return
    for (const { place, entity, outcome, level, count } of others.entries) {
      this.add(place, entity, outcome, level, count)
    }
  }
}
