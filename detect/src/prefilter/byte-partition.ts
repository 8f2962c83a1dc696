/** Of sets of characters to classes of bytes: two bytes are of one class if every set has both or neither. Pure. */

export const classesMax = 32

/** A set of ASCII characters; `undefined`: of all bytes, and of none (the begin or end of a value). */
export type CharacterSet = string | undefined

export class BytePartition {
  /** By byte: its class. 0: bytes that no set names, and the begin or end of a value. */
  readonly classes: Uint8Array = new Uint8Array(256)
  readonly #characters: string[] = ['']

  constructor(sets: readonly CharacterSet[]) {
    const named = sets.filter((set) => set !== undefined)
    const classBySignature = new Map<string, number>()
    for (const character of new Set(named.join(''))) {
      const signature = named.map((set) => (set.includes(character) ? '1' : '0')).join('')
      const known = classBySignature.get(signature)
      const classOf = known ?? this.#characters.push(character) - 1
      if (known === undefined) classBySignature.set(signature, classOf)
      this.classes[character.charCodeAt(0)] = classOf
    }
    if (this.#characters.length > classesMax) throw new Error('too many classes of bytes')
  }

  get count(): number {
    return this.#characters.length
  }

  /** Whether the bytes of class `classOf` are in `set`. */
  isIn(classOf: number, set: CharacterSet): boolean {
    return set === undefined || (classOf > 0 && set.includes(this.#characters[classOf]!))
  }
}
