/**
 * The reading connections of an embedded store, as one: questions of one answer run beside each other. A connection of chDB runs
 * one statement after the other, and its package lets one statement with parameters run in a whole process. So parameters are set
 * on the connection before the statement, as bytes: no text of theirs becomes text of a query.
 */
import { createChdbConnection } from 'chdb/connection'
import { Turns } from '../endpoint/turns.ts'

type Connection = ReturnType<typeof createChdbConnection>
type Asked = Parameters<Connection['query']>[0]
export type ReadConnections = Pick<
  Connection,
  'query' | 'exec' | 'command' | 'insert' | 'ping' | 'close'
>

/** Each takes one of the threads on which Node waits for files too, as do the writing connection and the read-only endpoint (cli's role-process.ts). */
const connectionsMax = 2
/**
 * Where parts overlap, chDB divides what it reads between threads by comparing each row: of a day, a fifth of all work. Questions
 * run beside each other instead.
 */
const readSettings = 'split_intersecting_parts_ranges_into_layers_final = 0'
/** Parameters that are longer are given to chDB as such: a statement's text has a bound of its own (`max_query_size`). */
const settingCharactersMax = 64 * 1024

export function openReadConnections(path: string): ReadConnections {
  const all = Array.from({ length: connectionsMax }, () => createChdbConnection({ path }))
  const free = [...all]
  // Who asks bounds how many wait (the API's limits, one scan at a time).
  const turns = new Turns(connectionsMax, Infinity)
  const onFree = <Result>(ask: (connection: Connection) => Promise<Result>): Promise<Result> =>
    turns.take(async () => {
      const connection = free.pop()!
      try {
        return await ask(connection)
      } finally {
        free.push(connection)
      }
    })
  return {
    query: (asked) => onFree((connection) => connection.query(withParameters(asked))),
    exec: (asked) => onFree((connection) => connection.exec(withParameters(asked))),
    command: (asked) => onFree((connection) => connection.command(withParameters(asked))),
    insert: (asked) => onFree((connection) => connection.insert(asked)),
    ping: (asked) => onFree((connection) => connection.ping(asked)),
    close: async () => {
      for (const connection of all) await connection.close()
    },
  }
}

const textLiteral = /'(?:[^'\\]|\\.)*'/gs

/** The same statement behind one that sets its parameters. */
function withParameters<Given extends Asked>(asked: Given): Given {
  const { query, query_params: parameters = {} } = asked
  // They stay with the connection: one that is forgotten must not be that of an earlier question.
  for (const [, name = ''] of query.replace(textLiteral, "''").matchAll(/\{\s*(\w+)\s*:/g))
    if (!Object.hasOwn(parameters, name)) throw new Error(`the parameter ${name} is not given`)
  const settings = [readSettings]
  for (const [name, value] of Object.entries(parameters)) {
    const text = parameterText(value)
    if (text === undefined || !/^\w+$/.test(name)) return asked
    settings.push(`param_${name} = ${bytesLiteral(text)}`)
  }
  const setting = settings.join(', ')
  if (setting.length > settingCharactersMax) return asked
  const { query_params: _set, ...rest } = asked
  return { ...rest, query: `SET ${setting}; ${query}` } as Given
}

/** As the engine reads a parameter: escaped like a field of TSV. */
function parameterText(value: unknown): string | undefined {
  // What is no exact number is for the package to refuse.
  if (typeof value === 'number')
    return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
      ? String(value)
      : undefined
  if (typeof value === 'string') return escaped(value)
  if (!Array.isArray(value)) return undefined
  const items = value.map((item: unknown) =>
    typeof item === 'string' ? `'${escaped(item)}'` : parameterText(item),
  )
  return items.includes(undefined) ? undefined : `[${items.join(',')}]`
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}

function escaped(text: string): string {
  return text.replace(/[\\'\t\n\r]/g, (character) => escapes[character] ?? character)
}

/** Whatever is neither a letter, a digit nor harmless as `\xHH` of its bytes: nothing in it ends a literal. */
function bytesLiteral(text: string): string {
  return `'${text.replace(/[^\w ,.:-]/gu, (character) => Buffer.from(character).toString('hex').replace(/../g, '\\x$&'))}'`
}
