/**
 * Counts what a statement touched, by place, entity, outcome and level, and keeps the values until their fingerprints are made
 * (recorder/touch-queue.ts). A few entries: searched in order.
 */
import { Buffer } from 'node:buffer'
import { fingerprintBytes, type Fingerprinter } from '@gatetrail/detect'
import type { Touch, TouchLevel, TouchOutcome } from '@gatetrail/schemas'
import { textOfBinary } from './text-of-binary.ts'
import { TouchedValues, valueForms, type ValueForm } from './touched-values.ts'

/** More distinct touches than this of one statement are counted under `other`. */
const touchesMax = 200

const noTouches: readonly Touch[] = []

type Made = {
  /** Fingerprints of an entry, one after the other. */
  bytes: Buffer
  count: number
}

export class TouchCounts {
  /** Most statements touch nothing: then there is no list either. */
  #entries: Touch[] | undefined
  #values: TouchedValues | undefined
  /** Per entry: values that were counted and not kept. */
  #missing: number[] | undefined
  #made: Made[] | undefined
  #hashed = 0

  get entries(): readonly Touch[] {
    return this.#entries ?? noTouches
  }

  get empty(): boolean {
    return this.#entries === undefined
  }

  /** Values whose fingerprints are not made yet. */
  get waiting(): number {
    return this.#values === undefined ? 0 : this.#values.count - this.#hashed
  }

  clear(): void {
    this.#entries = undefined
    this.#values?.destroy()
    this.#values = undefined
    this.#missing = undefined
    this.#made = undefined
    this.#hashed = 0
  }

  /**
   * `bytes` from `start` to `end`: the value that was touched, in the clear; it is copied. Without it the values are counted as
   * such of which there is no fingerprint. One value at a time: with `count` above 1 it is the value of all.
   */
  add(
    place: string,
    entity: string,
    outcome: TouchOutcome,
    level: TouchLevel,
    count: number,
    bytes?: Uint8Array,
    start = 0,
    end = 0,
    form: ValueForm = valueForms.text,
  ): void {
    const entry = this.#entryOf(place, entity, outcome, level, count)
    if (bytes === undefined) {
      // What was used in a predicate and is not known was no value of the answer.
      if (outcome !== 'filtered') this.#miss(entry, count)
      return
    }
    const values = (this.#values ??= new TouchedValues())
    if (!values.add(entry, form, bytes, start, end)) this.#miss(entry, count)
  }

  addAll(others: TouchCounts): void {
    if (others.empty) return
    const entries = others.entries.map(({ place, entity, outcome, level, count }) =>
      this.#entryOf(place, entity, outcome, level, count),
    )
    others.#missing?.forEach((count, entry) => this.#miss(entries[entry]!, count))
    if (others.#values === undefined) return
    const values = (this.#values ??= new TouchedValues())
    others.#values.each(0, others.#values.count, (entry, form, bytes, start, end) => {
      if (!values.add(entries[entry]!, form, bytes, start, end)) this.#miss(entries[entry]!, 1)
    })
  }

  /** Makes up to `countMax` of the fingerprints that are still to be made; once all are, the values are zeroed. */
  makeFingerprints(fingerprinter: Fingerprinter, countMax: number): void {
    const values = this.#values
    if (values === undefined) return
    const made = (this.#made ??= [])
    this.#hashed = values.each(this.#hashed, countMax, (entry, form, bytes, start, end) => {
      const { entity } = this.#entries![entry]!
      const of = roomFor(made, entry)
      const at = of.count * fingerprintBytes
      const text = form === valueForms.text ? undefined : textOfBinary(form, bytes, start, end)
      const isMade =
        form === valueForms.text
          ? fingerprinter.write(entity, bytes, start, end, of.bytes, at)
          : text !== undefined && fingerprinter.write(entity, text, 0, text.length, of.bytes, at)
      if (isMade) of.count++
      else if (form !== valueForms.text) this.#miss(entry, 1)
    })
    if (this.#hashed < values.count) return
    values.destroy()
    this.#values = undefined
    this.#hashed = 0
  }

  /** The entries with the fingerprints that were made. */
  get fingerprinted(): readonly Touch[] {
    return this.entries.map((entry, number) => {
      const { bytes, count = 0 } = this.#made?.[number] ?? {}
      const missing = Math.min(entry.count, this.#missing?.[number] ?? 0)
      return {
        ...entry,
        ...(bytes !== undefined &&
          count > 0 && { fingerprints: bytes.toString('base64url', 0, count * fingerprintBytes) }),
        ...(missing > 0 && { unfingerprinted: missing }),
      }
    })
  }

  /** The number of the entry, with `count` added to it. */
  #entryOf(
    place: string,
    entity: string,
    outcome: TouchOutcome,
    level: TouchLevel,
    count: number,
  ): number {
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
        return index
      }
    }
    if (entries.length >= touchesMax && place !== 'other')
      return this.#entryOf('other', entity, outcome, level, count)
    entries.push({ place, entity, outcome, level, count })
    return entries.length - 1
  }

  #miss(entry: number, count: number): void {
    const missing = (this.#missing ??= [])
    missing[entry] = (missing[entry] ?? 0) + count
  }
}

function roomFor(made: Made[], entry: number): Made {
  const of = (made[entry] ??= { bytes: Buffer.alloc(4 * fingerprintBytes), count: 0 })
  if ((of.count + 1) * fingerprintBytes > of.bytes.length)
    of.bytes = Buffer.concat([of.bytes, Buffer.alloc(of.bytes.length)])
  return of
}
