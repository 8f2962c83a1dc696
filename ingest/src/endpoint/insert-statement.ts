/**
 * INSERT with data: where the statement ends and its data begins. The data is arbitrary bytes and goes to a file, from which
 * the engine reads it (`FROM INFILE`), in whatever format: chDB itself takes only text along with a statement. Pure.
 */
import { isWord, tokensOf, type Token } from './tokens.ts'

export type InsertStatement = {
  /** `INSERT INTO table (columns)`. */
  head: string
  /** ` SETTINGS …`, or nothing. */
  settings: string
  format: string
  /** Where the data begins in the text: behind the format and one line break or space. */
  dataAt: number
}

/** `more`: the text ends before it is clear. `other`: it is no INSERT with data, but one of a SELECT, or no INSERT. */
export type InsertSplit = { kind: 'insert'; insert: InsertStatement } | { kind: 'more' | 'other' }

/** @param text the statement as Latin-1, so that every byte of the data is one character */
export function splitInsert(text: string): InsertSplit {
  const seen: Token[] = []
  let depth = 0
  let settingsAt: number | undefined
  for (const token of tokensOf(text)) {
    if (token === undefined) return { kind: 'more' }
    if (seen.length === 0 && !isWord(token, 'INSERT')) return { kind: 'other' }
    seen.push(token)
    if (token.text === '(' && token.kind === 'sign') depth++
    else if (token.text === ')' && token.kind === 'sign') depth--
    if (depth > 0 || token.kind !== 'word') continue
    const { end } = token
    switch (token.text.toUpperCase()) {
      case 'SELECT':
      case 'WITH':
      case 'INFILE':
        return { kind: 'other' }
      case 'SETTINGS':
        settingsAt = token.start
        break
      case 'VALUES':
        return insertOf(text, settingsAt ?? token.start, token.start, 'Values', end)
      case 'FORMAT': {
        const name = /^\s+([A-Za-z0-9]+)/.exec(text.slice(end, end + 256))
        if (name === null) return { kind: 'more' }
        const [whole, format = ''] = name
        return insertOf(text, settingsAt ?? token.start, token.start, format, end + whole.length)
      }
    }
  }
  return { kind: 'more' }
}

function insertOf(
  text: string,
  headEnd: number,
  settingsEnd: number,
  format: string,
  end: number,
): InsertSplit {
  // One line break, or the blanks before it, belong to the statement; what follows may be any byte.
  const gap =
    format === 'Values'
      ? ''
      : (/^[ \t]*(\r?\n|;\r?\n?)?/.exec(text.slice(end, end + 256))?.[0] ?? '')
  return {
    kind: 'insert',
    insert: {
      head: text.slice(0, headEnd).trim(),
      settings: settingsEnd > headEnd ? ` ${text.slice(headEnd, settingsEnd).trim()}` : '',
      format,
      dataAt: end + gap.length,
    },
  }
}

/** The same INSERT, from a file. */
export function insertFromFile(insert: InsertStatement, path: string): string {
  return `${insert.head} FROM INFILE '${path}' COMPRESSION 'none'${insert.settings} FORMAT ${insert.format}`
}
