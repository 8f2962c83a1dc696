/** What a scan finds at one record, gathered by statement, place and entity, until it goes on record. */
import type { Fingerprinter, Span } from '@gatetrail/detect'
import type { Touch } from '@gatetrail/schemas'

/** Fingerprints of one touch; more values are counted as such without one. */
const fingerprintsMax = 4096

type Decided = { seq: number; startedMicros: number }
type Found = {
  statement: Decided | undefined
  place: string
  entity: string
  level: Touch['level']
  count: number
  fingerprints: Map<string, Uint8Array>
  unfingerprinted: number
}

export type FoundOfStatement = {
  statement: Decided | undefined
  /** Of the first touch among all of the record. */
  ordinal: number
  touches: Touch[]
}

export class FoundTouches {
  readonly #found = new Map<string, Found>()
  /** By entity: how many values are masked in the record. */
  readonly counts = new Map<string, number>()

  /** A value that is masked in this record and counted at another one. */
  masked(entity: string): void {
    this.counts.set(entity, (this.counts.get(entity) ?? 0) + 1)
  }

  /** The value still stands in `bytes`. */
  add(
    fingerprinter: Fingerprinter,
    statement: Decided | undefined,
    place: string,
    { entity, level, start, end }: Pick<Span, 'entity' | 'level' | 'start' | 'end'>,
    bytes: Uint8Array,
  ): void {
    const key = JSON.stringify([statement?.seq, place, entity, level])
    let found = this.#found.get(key)
    if (found === undefined) {
      const fingerprints = new Map<string, Uint8Array>()
      found = { statement, place, entity, level, count: 0, fingerprints, unfingerprinted: 0 }
      this.#found.set(key, found)
    }
    found.count++
    this.masked(entity)
    if (found.fingerprints.size >= fingerprintsMax) {
      found.unfingerprinted++
      return
    }
    const made = new Uint8Array(12)
    if (!fingerprinter.write(entity, bytes, start, end, made, 0)) return
    found.fingerprints.set(Buffer.from(made).toString('latin1'), made)
  }

  /** In the order of statements: the same record gives the same touches under the same ordinals, however often it is scanned. */
  byStatement(): FoundOfStatement[] {
    const statements = new Map<number, FoundOfStatement>()
    for (const found of this.#found.values()) {
      const key = found.statement?.seq ?? -1
      let of = statements.get(key)
      if (of === undefined) {
        of = { statement: found.statement, ordinal: 0, touches: [] }
        statements.set(key, of)
      }
      const { place, entity, level, count, fingerprints, unfingerprinted } = found
      of.touches.push({
        ...{ place, entity, outcome: 'late', level, count },
        ...(fingerprints.size > 0 && {
          fingerprints: Buffer.concat([...fingerprints.values()]).toString('base64url'),
        }),
        ...(unfingerprinted > 0 && { unfingerprinted }),
      })
    }
    let ordinal = 0
    for (const of of statements.values()) {
      of.ordinal = ordinal
      ordinal += of.touches.length
    }
    return [...statements.values()]
  }
}
