/** Reads the words of a PL/pgSQL body, as PostgreSQL's scanner would. To procedural-bodies.ts. Pure. */

export type Token = {
  /** `word`: an identifier or keyword, folded. `quoted`: an identifier in double quotes. `other`: anything else but space. */
  readonly kind: 'word' | 'quoted' | 'other'
  /** Of a word: as folded. Of a literal: empty, for what it says is no part of the program. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const sourceCharactersMax = 256 * 1024

const space = /[\s\v]+|--[^\n\r]*/y
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const quoted = /"((?:[^"]|"")*)"/y
const plainString = /'(?:[^']|'')*'/y
const escapeString = /[eE]'(?:[^'\\]|''|\\[^])*'/y
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
/** Digits alone: older servers end a number where a letter begins, and `1..f(x)` calls f. */
const number = /\$?\d+/y
const operator = /:=|<<|>>|[-+*/<>=~!@#%^&|`?]+/y

/**
 * All tokens of a source, in order. Undefined: it can't be read with certainty (a string that depends on a setting, U&,
 * something that doesn't end).
 */
export function tokensOf(source: string): readonly Token[] | undefined {
  if (source.length > sourceCharactersMax) return undefined
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0]
  }
  const take = (kind: Token['kind'], text: string, length: number): void => {
    tokens.push({ kind, text, start: at, end: at + length })
    at += length
  }
  while (at < source.length) {
    const blank = match(space)
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    if (source.startsWith('/*', at)) {
      const end = endOfComment(source, at)
      if (end === undefined) return undefined
      at = end
      continue
    }
    const escaped = match(escapeString)
    if (escaped !== undefined) {
      take('other', '', escaped.length)
      continue
    }
    const found = match(word)
    if (found !== undefined) {
      const next = source[at + found.length]
      if (/^u$/i.test(found) && next === '&') return undefined
      if (/^e$/i.test(found) && next === "'") return undefined
      take('word', found.toLowerCase(), found.length)
      continue
    }
    const name = match(quoted)
    if (name !== undefined) {
      take('quoted', name.slice(1, -1).replaceAll('""', '"'), name.length)
      continue
    }
    const string = match(plainString)
    if (string !== undefined) {
      // With standard_conforming_strings off it would end elsewhere.
      if (string.includes('\\')) return undefined
      take('other', '', string.length)
      continue
    }
    const tag = match(dollarTag)
    if (tag !== undefined) {
      const end = source.indexOf(tag, at + tag.length)
      if (end < 0) return undefined
      take('other', '', end + tag.length - at)
      continue
    }
    const rest = match(number) ?? match(operator) ?? source.charAt(at)
    if (rest === "'" || rest === '"') return undefined
    const comment = rest.length > 1 ? /--|\/\*/.exec(rest)?.index : undefined
    const length = comment === undefined || comment === 0 ? rest.length : comment
    take('other', rest.slice(0, length), length)
  }
  return tokens
}

/** Comments nest. */
function endOfComment(source: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < source.length; at++) {
    if (source.startsWith('/*', at)) {
      depth++
      at++
    } else if (source.startsWith('*/', at)) {
      depth--
      at++
      if (depth === 0) return at + 1
    }
  }
  return undefined
}
