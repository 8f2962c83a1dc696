/**
 * The values that one statement touched, between their row and their fingerprints: copied as they pass, hashed once the
 * statement is over and its answer is on its way, and zeroed then. Each value of an entry is kept once. Bounded per statement
 * and per process: what doesn't fit is counted by touch-counts.ts, as values without a fingerprint.
 */
import { limits } from '@gatetrail/schemas'

const { KiB, MiB } = limits
const valuesMax = 4096
/** Numbers of values plus 1. */
const numberMask = 2 * valuesMax - 1
/** Of one value: no finding is longer but for PEM keys, which have the bound of these (detect/src/detector.ts). */
const valueBytesMax = 16 * KiB
const bytesMax = 256 * KiB
/** Of all statements of this process that have not been hashed yet. */
const processBytesMax = 64 * MiB
const bytesMin = 256
const slotsMin = 32
/** Most statements touch a few values: rooms up to this size are used again, emptied, and so many of them are kept. */
const spareBytesMax = 4 * KiB
const spareSlotsMax = 512
const spareRoomsMax = 32
/** Who chooses values that fall into one slot does not make looking for them slow: those behind this many are not kept. */
const probesMax = 64
/** Per value: its entry, where it starts, where it ends, and its form. */
const numbersPerValue = 4

/** How a value lies there: as text, or in a binary format of PostgreSQL of which the text is easily told. */
export const valueForms = { text: 0, integer: 1, uuid: 2, date: 3 } as const
export type ValueForm = (typeof valueForms)[keyof typeof valueForms]
export type BinaryForm = Exclude<ValueForm, typeof valueForms.text>

let processBytes = 0
/** Of a prepared statement that went with its session nobody says that it is over. */
const forgotten = new FinalizationRegistry<{ bytes: number }>(({ bytes }) => {
  processBytes -= bytes
})

type Room = {
  readonly bytes: Uint8Array
  readonly index: Int32Array
  readonly slots: Int32Array
}
const spareRooms: Room[] = []

export class TouchedValues {
  #bytes: Uint8Array
  #used = 0
  #index: Int32Array
  /**
   * Of the hash table: number of a value plus 1, 0 where there is none, and above that the highest bits of its hash, so that few others are
   * compared. At most half of them are taken.
   */
  #slots: Int32Array
  count = 0

  readonly #held: { bytes: number }

  constructor() {
    const { bytes, index, slots } = spareRooms.pop() ?? newRoom()
    this.#bytes = bytes
    this.#index = index
    this.#slots = slots
    this.#held = { bytes: bytes.length }
    processBytes += bytes.length
    forgotten.register(this, this.#held, this.#held)
  }

  /** False if there is no room for it; true if it is there, now or before. `entry`: the touch that it belongs to. */
  add(entry: number, form: ValueForm, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (length > valueBytesMax) return false
    const mask = this.#slots.length - 1
    const hashed = hash(entry + form, bytes, start, end)
    let slot = hashed & mask
    for (let probes = 0; ; probes++, slot = (slot + 1) & mask) {
      const taken = this.#slots[slot]!
      if (taken === 0) break
      const isLike = ((taken ^ hashed) & ~numberMask) === 0
      if (isLike && this.#is((taken & numberMask) - 1, entry, form, bytes, start, length))
        return true
      if (probes === probesMax) return false
    }
    if (this.count >= valuesMax || !this.#hasRoom(length)) return false
    const at = this.count * numbersPerValue
    this.#index[at] = entry
    this.#index[at + 1] = this.#used
    this.#index[at + 2] = this.#used + length
    this.#index[at + 3] = form
    const [kept, used] = [this.#bytes, this.#used]
    for (let offset = 0; offset < length; offset++) kept[used + offset] = bytes[start + offset]!
    this.#used = used + length
    this.#slots[slot] = ++this.count | (hashed & ~numberMask)
    if (this.count * 2 > this.#slots.length) this.#growTable()
    return true
  }

  /** Values from number `first` on, up to `countMax` of them. Returns the number of the next one. */
  each(
    first: number,
    countMax: number,
    visit: (entry: number, form: ValueForm, bytes: Uint8Array, start: number, end: number) => void,
  ): number {
    const end = Math.min(this.count, first + countMax)
    for (let number = first; number < end; number++) {
      const at = number * numbersPerValue
      const form = this.#index[at + 3] as ValueForm // As `add` put it there.
      visit(this.#index[at]!, form, this.#bytes, this.#index[at + 1]!, this.#index[at + 2]!)
    }
    return end
  }

  /** Zeroes what is there. Nothing can be added any more. */
  destroy(): void {
    const [bytes, index, slots] = [this.#bytes, this.#index, this.#slots]
    bytes.fill(0, 0, this.#used)
    slots.fill(0)
    processBytes -= bytes.length
    forgotten.unregister(this.#held)
    this.#bytes = noRoom.bytes
    this.#index = noRoom.index
    this.#slots = noRoom.slots
    this.#used = 0
    this.count = 0
    const isSmall = bytes.length <= spareBytesMax && slots.length <= spareSlotsMax
    if (isSmall && bytes.length > 0 && spareRooms.length < spareRoomsMax)
      spareRooms.push({ bytes, index, slots })
  }

  #is(
    number: number,
    entry: number,
    form: ValueForm,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): boolean {
    const at = number * numbersPerValue
    const first = this.#index[at + 1]!
    if (this.#index[at] !== entry || this.#index[at + 3] !== form) return false
    if (this.#index[at + 2]! - first !== length) return false
    const kept = this.#bytes
    for (let offset = 0; offset < length; offset++)
      if (kept[first + offset] !== bytes[start + offset]) return false
    return true
  }

  #hasRoom(length: number): boolean {
    const needed = this.#used + length
    const { length: had } = this.#bytes
    if (had === 0 || needed > bytesMax) return false
    if (needed <= had) return true
    let size = had
    while (size < needed) size *= 2
    if (processBytes + size > processBytesMax) return false
    const grown = new Uint8Array(size)
    grown.set(this.#bytes)
    this.#bytes.fill(0, 0, this.#used)
    this.#bytes = grown
    processBytes += size - had
    this.#held.bytes = size
    return true
  }

  #growTable(): void {
    const length = this.#slots.length * 2
    const slots = new Int32Array(length)
    const index = new Int32Array(length * numbersPerValue)
    index.set(this.#index)
    for (let number = 0; number < this.count; number++) {
      const at = number * numbersPerValue
      const seed = index[at]! + index[at + 3]!
      const hashed = hash(seed, this.#bytes, index[at + 1]!, index[at + 2]!)
      let slot = hashed & (length - 1)
      while (slots[slot] !== 0) slot = (slot + 1) & (length - 1)
      slots[slot] = (number + 1) | (hashed & ~numberMask)
    }
    this.#slots = slots
    this.#index = index
  }
}

/** In which nothing has a place. */
const noRoom: Room = {
  bytes: new Uint8Array(0),
  index: new Int32Array(0),
  slots: new Int32Array(1),
}

function newRoom(): Room {
  return {
    bytes: new Uint8Array(bytesMin),
    index: new Int32Array(slotsMin * numbersPerValue),
    slots: new Int32Array(slotsMin),
  }
}

const processSeed = Math.floor(Math.random() * 0x7fffffff)

/** FNV-1a, from a seed of this process. */
function hash(entry: number, bytes: Uint8Array, start: number, end: number): number {
  let value = (processSeed ^ entry) | 0
  for (let at = start; at < end; at++) value = Math.imul(value ^ bytes[at]!, 0x01000193)
  return value ^ (value >>> 15)
}
