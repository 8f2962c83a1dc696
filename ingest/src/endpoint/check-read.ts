/**
 * May a reader run this? The engine's own parser prints the statement anew (one statement, no comments, one way to write
 * everything), and that text is looked at, and that text is run. On top of `readonly = 1`, which alone lets a local engine read any file
 * (`file()`) and write one (`INTO OUTFILE`). What is not known is refused.
 */
import type { Engine } from './engine.ts'
import { ClickHouseError, exceptionOf } from './exception.ts'
import { loadKnownFunctions, type KnownFunctions } from './known-functions.ts'
import { isWord, tokensOf, type Token } from './tokens.ts'

/** @throws ClickHouseError SYNTAX_ERROR, ACCESS_DENIED */
export type ReadCheck = (text: string) => Promise<string>

/** What says how the tables are made; nothing that says who else asks, or what. */
const systemTables: ReadonlySet<string> = new Set([
  'one', 'numbers', 'numbers_mt', 'zeros', 'tables', 'columns', 'databases', 'functions', 'formats', 'data_type_families', 'keywords',
  'table_functions', 'time_zones', 'settings', 'collations', 'contributors', 'aggregate_function_combinators', 'licenses',
]) // prettier-ignore

const shown: ReadonlySet<string> = new Set(['TABLES', 'DATABASES', 'CREATE', 'COLUMNS'])
/** Words before a parenthesis that are none of a function. Whatever is missing here is refused, not let through. */
const beforeParenthesis: ReadonlySet<string> = new Set([
  'SELECT', 'FROM', 'WHERE', 'PREWHERE', 'HAVING', 'QUALIFY', 'IN', 'AS', 'AND', 'OR', 'NOT', 'ON', 'USING', 'BY', 'OVER', 'VALUES',
  'ALL', 'DISTINCT', 'UNION', 'INTERSECT', 'EXCEPT', 'REPLACE', 'JOIN', 'THEN', 'ELSE', 'WHEN', 'CASE', 'BETWEEN', 'LIKE', 'ILIKE',
  'SETS', 'ROLLUP', 'CUBE', 'LIMIT', 'OFFSET', 'ANY', 'EXISTS', 'WITH', 'GROUPING', 'FILTER', 'TO', 'FILL', 'APPLY', 'COLUMNS', 'GLOBAL',
  'WINDOW', 'INTERPOLATE', 'EXPLAIN', 'DESCRIBE', 'TABLE', 'STEP', 'REGEXP', 'IS', 'DIV', 'MOD', 'ARRAY', 'TUPLE', 'RECURSIVE',
  'MATERIALIZED',
]) // prettier-ignore

export async function openReadCheck(engine: Engine): Promise<ReadCheck> {
  const functions = await loadKnownFunctions(engine)
  return async (text) => {
    let printed: string
    try {
      printed = await engine.ask('SELECT formatQuerySingleLine({text:String})', { text })
    } catch (error) {
      // Of the question that asked for it nothing is said.
      const { code, type, message } = exceptionOf(error)
      throw new ClickHouseError(code, type, message.replace(/: In scope SELECT.*$/s, ''))
    }
    const statement = printed.replace(/\n$/, '')
    const refusal = refusalOf(statement, functions)
    if (refusal !== undefined)
      throw new ClickHouseError(
        497,
        'ACCESS_DENIED',
        `${refusal}. Readers ask SELECT, SHOW, DESCRIBE and EXPLAIN, of tables of this store`,
      )
    return statement
  }
}

/** Why a printed statement is not for readers; undefined: it is. Pure. */
export function refusalOf(statement: string, functions: KnownFunctions): string | undefined {
  const tokens: Token[] = []
  for (const token of tokensOf(statement)) {
    if (token === undefined) return 'Not enough privileges: a text without an end'
    tokens.push(token)
  }
  const beginning = refusalOfBeginning(tokens)
  if (beginning !== undefined) return beginning
  for (const [index, token] of tokens.entries()) {
    const refusal = refusalOfToken(token, tokens, index, functions)
    if (refusal !== undefined) return `Not enough privileges: ${refusal}`
  }
  return undefined
}

function refusalOfBeginning(tokens: readonly Token[]): string | undefined {
  const [first, second] = tokens
  const word = first?.kind === 'word' ? first.text.toUpperCase() : (first?.text ?? '')
  switch (word) {
    case 'SELECT':
    case 'WITH':
    case '(':
    case 'DESCRIBE':
      return undefined
    case 'EXPLAIN':
      return tokens.some((token) => isWord(token, 'SELECT'))
        ? undefined
        : 'EXPLAIN of a SELECT only'
    case 'SHOW':
      return shown.has(second?.text.toUpperCase() ?? '')
        ? undefined
        : `Not enough privileges: SHOW ${second?.text ?? ''}`
    // Not EXISTS: tables of the default database are also the files of the machine.
    default:
      return `Not enough privileges: ${word}`
  }
}

/** What no reader's statement has at any depth. */
const neverWords: ReadonlySet<string> = new Set([
  'INSERT', 'OUTFILE', 'INFILE', 'DROP', 'ALTER', 'ATTACH', 'DETACH', 'GRANT', 'REVOKE', 'SYSTEM', 'KILL', 'RENAME', 'EXCHANGE',
  'TRUNCATE', 'OPTIMIZE', 'BACKUP', 'RESTORE', 'EXECUTE', 'PARALLEL',
]) // prettier-ignore

function refusalOfToken(
  token: Token,
  tokens: readonly Token[],
  index: number,
  functions: KnownFunctions,
): string | undefined {
  const next = tokens[index + 1]
  const before = tokens[index - 1]
  if (token.kind === 'sign') {
    if (token.text === ';') return 'more than one statement'
    // `{name:Identifier}` would name a table that nobody has looked at.
    if (
      token.text === '{' &&
      tokens.slice(index, index + 4).some(({ text }) => /^Identifier$/i.test(text))
    )
      return 'a parameter that names a table'
    return undefined
  }
  if (token.kind !== 'word' && token.kind !== 'quoted') return undefined
  const { text } = token
  const isName = token.kind === 'quoted'
  if (
    !isName &&
    before?.text !== '.' &&
    neverWords.has(text.toUpperCase()) &&
    next?.text !== '.' &&
    text === text.toUpperCase()
  )
    return text
  if (text.toLowerCase() === 'system' && next?.text === '.') {
    const table = tokens[index + 2]?.text ?? ''
    return systemTables.has(table) ? undefined : `system.${table}`
  }
  if (next?.text === '(' && next.kind === 'sign') {
    if (functions.allows(text)) return undefined
    if (!isName && beforeParenthesis.has(text.toUpperCase())) return undefined
    // A type with arguments (`CAST(x, 'Decimal(9)')` is a text; `{x:Array(String)}` is not), or a list of a table's columns.
    return isType(tokens, index) || isAlias(before) ? undefined : `the function ${text}`
  }
  return functions.forbids(text) ? `the function ${text}` : undefined
}

/** Inside of `{name:Type(…)}`. */
function isType(tokens: readonly Token[], index: number): boolean {
  for (let at = index - 1; at >= 0; at--) {
    const text = tokens[at]?.text
    if (text === '}') return false
    if (text === '{') return tokens[at + 2]?.text === ':'
  }
  return false
}

/** `WITH name (columns) AS …` is what no function call looks like: refused all the same, unless it follows AS. */
function isAlias(before: Token | undefined): boolean {
  return isWord(before, 'WINDOW')
}
