/** Looks for a text in the lines of a terminal as they come, piece by piece. Pure; its state is bounded. */
import { excerptCharacters } from '../limits.ts'

const lineCharactersMax = 4_096
// What a filter leaves: colours change no text, everything else goes to another place.
const colours = /\u001b\[[0-9;:]*m/g // eslint-disable-line no-control-regex
const elsewhere = /\u001b(?:\[[?!]?[0-9;:]*[@-~]|[()*+].|.)|[\r\n\v\f]+/ // eslint-disable-line no-control-regex
const shift = /[\u000e\u000f]/g // eslint-disable-line no-control-regex

export class ShownLines {
  readonly #wanted: string
  /** The line so far, and of it what was looked at already. */
  #line = ''
  #seen = 0

  constructor(text: string) {
    this.#wanted = small(text)
  }

  /** Takes what passed a `TerminalFilter`. What stands around the text, where it became whole in this piece. */
  take(shown: string): string | undefined {
    let found: string | undefined
    const parts = shown.replace(colours, '').replace(shift, '').split(elsewhere)
    parts.forEach((part, index) => {
      if (index > 0) this.#newLine()
      this.#add(part)
      found ??= this.#find()
    })
    return found
  }

  #add(part: string): void {
    if (!part.includes('\b')) {
      this.#line += part
      return
    }
    const added: string[] = []
    let length = this.#line.length
    for (const character of part) {
      if (character !== '\b') added.push(character)
      else if (added.pop() === undefined) length = Math.max(0, length - 1)
    }
    // What stands in place of what was taken back was not looked at.
    this.#seen = Math.min(this.#seen, length)
    this.#line = this.#line.slice(0, length) + added.join('')
  }

  #find(): string | undefined {
    const from = Math.max(0, this.#seen - this.#wanted.length + 1)
    const at = small(this.#line.slice(from)).indexOf(this.#wanted)
    const excerpt = at === -1 ? undefined : excerptOf(this.#line, from + at)
    this.#seen = this.#line.length
    if (this.#line.length > lineCharactersMax) {
      this.#line = this.#line.slice(this.#line.length - this.#wanted.length + 1)
      this.#seen = this.#line.length
    }
    return excerpt
  }

  #newLine(): void {
    this.#line = ''
    this.#seen = 0
  }
}

function excerptOf(line: string, at: number): string {
  return line.slice(Math.max(0, at - excerptCharacters), at + 2 * excerptCharacters)
}

/** Upper and lower case of ASCII letters are one; no letter changes its place. */
function small(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
