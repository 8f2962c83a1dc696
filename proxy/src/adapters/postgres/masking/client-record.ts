/**
 * Masks what the client sent, in the copy that goes on record; what goes to the target stays as it is. Where a statement
 * names tagged columns, its constants are masked whole: they may be values of them. Pure but for its scratch buffer.
 */
import { maskWhole } from '@gatetrail/detect'
import type { BindMessage } from '@gatetrail/protocols'
import type { TouchLevel, TouchOutcome } from '@gatetrail/schemas'
import type { Detection } from '../../../detection/detection.ts'
import type { TaggedColumn } from '../facts/environment.ts'
import { copyFields, PieceMask, type CopyFields, type CopyFormat } from './copy-format.ts'
import { RecordFinder } from './find-in-record.ts'
import type { LiteralFinder } from './sql-literals.ts'
import type { TouchCounts } from './touch-counts.ts'

/** Of a field of COPY data that goes on in the next frame, this much is masked at the cut: no finding is longer. */
const cutBytes = 16 * 1024
const minimumBytes = 64 * 1024
/** Longer than a value needs to be, so that one large frame is not kept for ever. */
const keptBytesMax = 1024 * 1024

/** A copy to mask in: shared by all sessions, and good only until the next call. */
let scratch = Buffer.allocUnsafe(minimumBytes)

export function scratchCopy(bytes: Buffer, start: number, end: number): Buffer {
  const length = end - start
  if (length > scratch.length) {
    if (length > keptBytesMax) return Buffer.from(bytes.subarray(start, end))
    scratch = Buffer.allocUnsafe(Math.max(length, scratch.length * 2))
  }
  bytes.copy(scratch, 0, start, end)
  return scratch
}

/**
 * Masks a statement's text. Returns the masked copy, offset 0 at `frameStart`, or undefined if nothing had to be masked.
 * `literals`: finds its constants, which are masked whole: the statement names tagged columns.
 */
export function maskedStatement(
  detection: Detection,
  bytes: Buffer,
  frameStart: number,
  frameEnd: number,
  textStart: number,
  textEnd: number,
  literals: LiteralFinder | undefined,
  outcome: TouchOutcome,
  touches: TouchCounts,
): Buffer | undefined {
  let copy: Buffer | undefined
  const copyOnce = (): Buffer => (copy ??= scratchCopy(bytes, frameStart, frameEnd))
  const finder = new RecordFinder(detection, ({ entity, level }, value, start, end) => {
    touches.add('statement', entity, outcome, level, 1, value, start, end)
  })
  finder.mask(bytes, textStart, textEnd, frameStart, copyOnce)
  if (literals === undefined) return copy
  const masked = copyOnce()
  literals(masked, textStart - frameStart, textEnd - frameStart, (start, end) => {
    maskWhole(masked, start, end)
  })
  return masked
}

/** Masks the parameters of a Bind. Undefined if nothing had to be masked. */
export function maskedParameters(
  detection: Detection,
  bytes: Buffer,
  frameStart: number,
  frameEnd: number,
  bind: BindMessage,
  whole: boolean,
  outcome: TouchOutcome,
  touches: TouchCounts,
): Buffer | undefined {
  let copy: Buffer | undefined
  const copyOnce = (): Buffer => (copy ??= scratchCopy(bytes, frameStart, frameEnd))
  for (let index = 0; index < bind.parameterCount; index++) {
    const start = bind.ranges[2 * index]!
    const end = bind.ranges[2 * index + 1]!
    if (start === -1 || start === end) continue
    const finder = new RecordFinder(detection, ({ entity, level }, value, from, to) => {
      touches.add(`parameter.$${index + 1}`, entity, outcome, level, 1, value, from, to)
    })
    finder.mask(bytes, start, end, frameStart, copyOnce)
    if (!whole) continue
    const masked = copyOnce()
    if (bind.formats[index] === 0) maskWhole(masked, start - frameStart, end - frameStart)
    else masked.fill(0, start - frameStart, end - frameStart)
  }
  return copy
}

export type CopyInColumn = { readonly tag: TaggedColumn; readonly level: TouchLevel }

/** The data of one COPY … FROM STDIN, as recorded: same length. Frames of the client don't end where rows do. */
export class CopyInRecord {
  readonly #finder: RecordFinder
  readonly #format: CopyFormat
  readonly #fields: CopyFields | undefined
  readonly #pieces: PieceMask
  /** By position: its place and class if it is known what it holds. */
  readonly #columns: readonly (CopyInColumn | undefined)[]
  readonly #maskAll: boolean
  readonly #touches: TouchCounts
  #cut = false

  /** `maskAll`: the relation has tagged columns and the format is none in which they are known. */
  constructor(
    detection: Detection,
    columns: readonly (CopyInColumn | undefined)[],
    format: CopyFormat,
    maskAll: boolean,
    place: string,
    touches: TouchCounts,
  ) {
    this.#finder = new RecordFinder(detection, ({ entity, level }, value, start, end) => {
      touches.add(place, entity, 'written', level, 1, value, start, end)
    })
    this.#columns = columns
    this.#format = format
    this.#pieces = new PieceMask(format)
    const tagged = columns.some((column) => column !== undefined)
    // Of CSV a field may have many lines.
    const inFields = tagged || format.format !== 'text'
    this.#fields = inFields && !maskAll ? copyFields(format) : undefined
    this.#maskAll = maskAll
    this.#touches = touches
  }

  /** The masked copy of `start` to `end`, or undefined if nothing had to be masked. */
  apply(bytes: Buffer, start: number, end: number): Buffer | undefined {
    const copy = Buffer.from(bytes.subarray(start, end))
    let changed = false
    if (this.#maskAll) {
      maskWhole(copy, 0, copy.length)
      return copy
    }
    const isBinary = this.#format.format === 'binary'
    // Of a field that came before, and of one that goes on behind.
    let restEnd = 0
    let openStart = copy.length
    this.#fields?.each(copy, 0, copy.length, (column, fieldStart, fieldEnd, first, last) => {
      if (fieldStart === fieldEnd) return
      if (!first) restEnd = fieldEnd
      if (!last) openStart = fieldStart
      const known = this.#columns[column]
      if (known !== undefined) this.#written(known, copy, fieldStart, fieldEnd, first, last)
      else if (!isBinary) return
      else if (first && last) {
        changed = this.#find(copy, fieldStart, fieldEnd) || changed
        return
      }
      // A field that the frame cuts may hold a part of anything.
      this.#pieces.mask(copy, fieldStart, fieldEnd, first)
      changed = true
    })
    if (isBinary) return changed ? copy : undefined
    changed = this.#find(copy, 0, copy.length) || changed
    if (this.#cut) {
      maskWhole(copy, 0, Math.max(firstBreak(copy), Math.min(restEnd, cutBytes)))
      changed = true
    }
    const isOpen = openStart < copy.length
    this.#cut = isOpen || (copy.length > 0 && copy[copy.length - 1] !== newline)
    if (this.#cut) {
      const from = Math.max(openStart, copy.length - cutBytes)
      maskWhole(copy, Math.min(lastBreak(copy), from), copy.length)
      changed = true
    }
    return changed ? copy : undefined
  }

  #written(
    { tag: { place, dataClass }, level }: CopyInColumn,
    copy: Buffer,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
  ): void {
    if (!first) return
    // In binary the type of the column is not told here; a NULL or an escape of text is no value either.
    const legible = last && this.#format.format !== 'binary' && copy[start] !== backslash
    if (legible) this.#touches.add(place, dataClass, 'written', level, 1, copy, start, end)
    else this.#touches.add(place, dataClass, 'written', level, 1)
  }

  #find(copy: Buffer, start: number, end: number): boolean {
    const found = this.#finder.mask(copy, start, end, 0, () => copy)
    if (this.#format.format !== 'csv') return found
    return this.#finder.maskDoubled(copy, start, end) || found
  }
}

const newline = 0x0a
const tab = 0x09
const backslash = 0x5c

function firstBreak(bytes: Buffer): number {
  const max = Math.min(bytes.length, cutBytes)
  for (let at = 0; at < max; at++) if (bytes[at] === tab || bytes[at] === newline) return at
  return max
}

function lastBreak(bytes: Buffer): number {
  const min = Math.max(0, bytes.length - cutBytes)
  for (let at = bytes.length; at > min; at--) {
    if (bytes[at - 1] === tab || bytes[at - 1] === newline) return at
  }
  return min
}
