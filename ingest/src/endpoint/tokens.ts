/**
 * ClickHouse SQL → tokens: as much as it takes to know words from strings, quoted names and comments. Pure. It finds where
 * the data of an INSERT begins, and what a statement that the engine has printed calls and reads.
 */

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'sign'

export type Token = {
  kind: TokenKind
  /** A word as written; the content of a quoted name; of a string nothing: it is never looked at. */
  text: string
  start: number
  end: number
}

const wordStart = /[A-Za-z_\u0080-\u{10ffff}]/u
const wordPart = /[A-Za-z0-9_$\u0080-\u{10ffff}]/u

/**
 * Yields tokens until the text ends. What it does not know is a sign; a string or a comment without an end is
 * an `undefined` in the place of the last token.
 */
export function* tokensOf(text: string): Generator<Token | undefined> {
  let at = 0
  while (at < text.length) {
    const character = text[at]!
    const next = text[at + 1]
    if (/\s/.test(character)) {
      at++
      continue
    }
    if ((character === '-' && next === '-') || character === '#') {
      const line = text.indexOf('\n', at)
      if (line < 0) return
      at = line + 1
      continue
    }
    if (character === '/' && next === '*') {
      const end = endOfComment(text, at)
      if (end < 0) {
        yield undefined
        return
      }
      at = end
      continue
    }
    const start = at
    if (character === "'" || character === '`' || character === '"') {
      const end = endOfQuoted(text, at, character)
      if (end < 0) {
        yield undefined
        return
      }
      at = end
      yield character === "'"
        ? { kind: 'string', text: '', start, end }
        : { kind: 'quoted', text: unquoted(text.slice(start + 1, end - 1), character), start, end }
      continue
    }
    const heredoc = character === '$' ? /^\$\w*\$/.exec(text.slice(at, at + 64))?.[0] : undefined
    if (heredoc !== undefined) {
      const end = text.indexOf(heredoc, at + heredoc.length)
      if (end < 0) {
        yield undefined
        return
      }
      at = end + heredoc.length
      yield { kind: 'string', text: '', start, end: at }
      continue
    }
    if (wordStart.test(character)) at = runEnd(text, at, wordPart)
    else if (/[0-9]/.test(character)) at = runEnd(text, at, /[A-Za-z0-9_.]/)
    else at++
    const kind = wordStart.test(character) ? 'word' : /[0-9]/.test(character) ? 'number' : 'sign'
    yield { kind, text: text.slice(start, at), start, end: at }
  }
}

/** A word of the grammar: case does not matter, and a quoted name is none. */
export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word
}

function runEnd(text: string, from: number, part: RegExp): number {
  let at = from + 1
  while (at < text.length && part.test(text[at]!)) at++
  return at
}

/** Behind the closing quote: doubled and escaped quotes are content. */
function endOfQuoted(text: string, from: number, quote: string): number {
  let at = from + 1
  while (at < text.length) {
    if (text[at] === '\\') at += 2
    else if (text[at] !== quote) at++
    else if (text[at + 1] === quote) at += 2
    else return at + 1
  }
  return -1
}

/** Comments nest. */
function endOfComment(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length - 1; at++) {
    if (text[at] === '/' && text[at + 1] === '*') {
      depth++
      at++
    } else if (text[at] === '*' && text[at + 1] === '/') {
      depth--
      at++
      if (depth === 0) return at + 1
    }
  }
  return -1
}

function unquoted(content: string, quote: string): string {
  return content.replaceAll(quote + quote, quote).replace(/\\(.)/gs, '$1')
}
