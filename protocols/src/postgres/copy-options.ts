/**
 * The text of a statement → how its COPY writes rows: the protocol says only whether they are text or binary. Read from the
 * words of the statement, without a parser, for replay alone: nothing is decided by it. PostgreSQL documentation, "COPY". Pure.
 */
export type CopyOptions = {
  format: 'text' | 'csv' | 'binary'
  /** The first row holds the names of the columns. */
  header: boolean
  delimiter: string
  /** What NULL is written as. */
  nullText: string
  quote: string
  escape: string
  /** As listed in the statement; empty if it lists none. */
  columns: string[]
}

type Token = { kind: 'word' | 'name' | 'string' | 'sign'; text: string }

const sqlCharactersMax = 64 * 1024
const tokensMax = 20_000

/** Of the `index`th COPY from or to the client in `sql`, from 0. `binary`: what the protocol says. */
export function copyOptions(sql: string | undefined, index: number, binary: boolean): CopyOptions {
  const statement = copyStatements(sql ?? '')[index] ?? []
  const at = statement.findIndex(isClientSide)
  const options = optionsIn(statement.slice(at + 1))
  const csv = !binary && options.format === 'csv'
  const quote = options.quote ?? '"'
  return {
    format: binary ? 'binary' : csv ? 'csv' : 'text',
    header: !binary && options.header,
    delimiter: options.delimiter ?? (csv ? ',' : '\t'),
    nullText: options.nullText ?? (csv ? '' : '\\N'),
    quote,
    escape: options.escape ?? quote,
    columns: columnsIn(statement.slice(1, Math.max(at, 1))),
  }
}

/** Statements that begin with COPY and name STDIN or STDOUT. */
function copyStatements(sql: string): Token[][] {
  const statements: Token[][] = []
  let statement: Token[] = []
  const close = (): void => {
    if (isWord(statement[0], 'copy') && statement.some(isClientSide)) statements.push(statement)
    statement = []
  }
  for (const token of tokensOf(sql.slice(0, sqlCharactersMax))) {
    if (token.kind === 'sign' && token.text === ';') close()
    else statement.push(token)
  }
  close()
  return statements
}

function isClientSide(token: Token): boolean {
  return isWord(token, 'stdin') || isWord(token, 'stdout')
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text
}

type Found = {
  format?: string
  header: boolean
  delimiter?: string
  nullText?: string
  quote?: string
  escape?: string
}

const valueOptions: ReadonlyMap<string, 'delimiter' | 'nullText' | 'quote' | 'escape'> = new Map([
  ['delimiter', 'delimiter'],
  ['delimiters', 'delimiter'],
  ['null', 'nullText'],
  ['quote', 'quote'],
  ['escape', 'escape'],
])

/** Both spellings: `(FORMAT csv, NULL '-')` and `CSV NULL AS '-'`. */
function optionsIn(tokens: readonly Token[]): Found {
  const found: Found = { header: false }
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'word') continue
    const next = tokens[index + 1]
    const option = valueOptions.get(text)
    if (option !== undefined) {
      const value = isWord(next, 'as') ? tokens[index + 2] : next
      if (value?.kind === 'string') found[option] = value.text
    } else if (text === 'format' && next !== undefined) {
      found.format = next.text.toLowerCase()
    } else if (text === 'csv') {
      found.format = 'csv'
    } else if (text === 'header') {
      found.header = !/^(false|off|0)$/i.test(next?.text ?? '')
    }
  }
  return found
}

/** Names in the list behind the table; a query in its place has none that stand there. */
function columnsIn(tokens: readonly Token[]): string[] {
  const open = tokens.findIndex(({ kind, text }) => kind === 'sign' && text === '(')
  if (open < 1) return []
  const close = tokens.findIndex(({ kind, text }) => kind === 'sign' && text === ')')
  return tokens
    .slice(open + 1, close === -1 ? undefined : close)
    .flatMap(({ kind, text }) => (kind === 'word' || kind === 'name' ? [text] : []))
}

/** Words in small letters, quoted names and strings without their quotes, single signs. Comments are left out. */
function tokensOf(sql: string): Token[] {
  const pattern =
    /\s+|--[^\n]*|(?<comment>\/\*)|(?<escaped>[eE]'(?:[^'\\]|\\[^]|'')*'?)|(?<string>'(?:[^']|'')*'?)|(?<name>"(?:[^"]|"")*"?)|(?<dollar>\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<sign>[^])/uy
  const tokens: Token[] = []
  for (let at = 0; at < sql.length && tokens.length < tokensMax;) {
    pattern.lastIndex = at
    const groups = pattern.exec(sql)?.groups
    at = Math.max(at + 1, pattern.lastIndex)
    if (groups === undefined) continue
    const { comment, escaped, string, name, dollar, word, sign } = groups
    if (comment !== undefined) at = commentEnd(sql, at)
    else if (escaped !== undefined) tokens.push({ kind: 'string', text: unescaped(escaped) })
    else if (string !== undefined) tokens.push({ kind: 'string', text: inner(string, "'") })
    else if (name !== undefined) tokens.push({ kind: 'name', text: inner(name, '"') })
    else if (dollar !== undefined) {
      const end = sql.indexOf(dollar, at)
      tokens.push({ kind: 'string', text: sql.slice(at, end === -1 ? sql.length : end) })
      at = end === -1 ? sql.length : end + dollar.length
    } else if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
  }
  return tokens
}

function inner(text: string, quote: string): string {
  const end = text.length > 1 && text.endsWith(quote) ? -1 : undefined
  return text.slice(1, end).replaceAll(quote + quote, quote)
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function unescaped(text: string): string {
  return inner(text.slice(1), "'").replace(
    /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([^]))/g,
    (_, hex: string | undefined, octal: string | undefined, other: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16))
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff)
      return escapes[other ?? ''] ?? other ?? ''
    },
  )
}

/** Comments nest. */
function commentEnd(sql: string, from: number): number {
  let depth = 1
  let at = from
  while (depth > 0) {
    const open = sql.indexOf('/*', at)
    const close = sql.indexOf('*/', at)
    if (close === -1) return sql.length
    if (open !== -1 && open < close) {
      depth++
      at = open + 2
    } else {
      depth--
      at = close + 2
    }
  }
  return at
}
