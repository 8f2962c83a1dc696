/**
 * One statement in chDB, on a connection of its own: what a client sets holds for this statement and never for another
 * one's (opening costs 0.3 ms). Answers stream where the format allows it; a statement can be killed.
 */
import { Session } from 'chdb'
import { literal } from '../store/store.ts'
import { ClickHouseError } from './exception.ts'

export type Statement = {
  text: string
  format: string
  database: string | undefined
  settings: ReadonlyMap<string, string>
  parameters: ReadonlyMap<string, string>
  /** Nothing but reads, and no setting can be changed any more. */
  readOnly: boolean
  /** Known to the engine while it runs, so that it can be killed. */
  mark: string
}

export type Engine = {
  readonly version: string
  /**
   * Runs a statement. The answer comes in parts where the format is a sequence of rows, else in one.
   * @throws ClickHouseError-like errors of chDB; `exceptionOf` reads them.
   */
  run(statement: Statement): AsyncGenerator<Uint8Array, { rows: number; bytes: number }>
  /** Ends it, if it still runs. */
  kill(mark: string): Promise<void>
  /** Asks the engine itself, as its owner. */
  ask(query: string, parameters?: Readonly<Record<string, string>>): Promise<string>
  close(): void
}

/** What can be cut anywhere between two rows, and put together again. All others begin or end with something. */
const rowFormats = new Set([
  'RowBinary', 'TabSeparated', 'TSV', 'TabSeparatedRaw', 'TSVRaw', 'CSV', 'JSONEachRow', 'JSONLines', 'NDJSON', 'LineAsString',
  'RawBLOB', 'JSONCompactEachRow', 'JSONStringsEachRow', 'JSONCompactStringsEachRow', 'Native', 'Values', 'MsgPack', 'SQLInsert',
]) // prettier-ignore

/** @param path the directory of the store: the same for all engines of a process */
export async function openEngine(
  path: string,
  arguments_: readonly string[] = [],
): Promise<Engine> {
  const options = { connectionArgs: arguments_ }
  const own = new Session(path, options)
  const ask = async (query: string, parameters: Readonly<Record<string, string>> = {}) =>
    (await own.queryBindAsync(query, parameters, { format: 'TSVRaw' })).text()
  const version = (await ask('SELECT version()')).trim()
  return {
    version,
    ask,
    async *run(statement) {
      const connection = new Session(path, options)
      try {
        for (const setting of preparing(statement)) await connection.queryAsync(setting)
        const { text, format, readOnly } = statement
        if (readOnly || !rowFormats.has(format) || !canStream(text)) {
          const result = await connection.queryAsync(text, { format })
          const bytes = result.bytes()
          if (bytes.length > 0) yield bytes
          return { rows: result.rowsRead, bytes: result.bytesRead }
        }
        let bytes = 0
        let rows = 0
        for await (const part of connection.queryStream(text, { format })) {
          bytes += part.numBytes
          rows += part.numRows
          yield part.raw()
        }
        return { rows, bytes }
      } finally {
        connection.close()
      }
    },
    async kill(mark) {
      await ask(
        `KILL QUERY WHERE startsWith(Settings['log_comment'], ${literal(`${mark} `)}) ASYNC`,
      )
    },
    close: () => own.close(),
  }
}

/**
 * chDB prepares what streams on the thread that asks, and a subquery is part of that: it would stand still for all others.
 * Readers do not stream at all: they share the thread with ingest, and their answers are bounded (reader-settings.ts).
 */
function canStream(text: string): boolean {
  return /^[\s(]*(SELECT|WITH|FROM)\b/i.test(text) && (text.match(/\bSELECT\b/gi)?.length ?? 0) < 2
}

/** In this order: what is set after readonly = 1 is refused. */
function preparing(statement: Statement): string[] {
  const { database, settings, parameters, readOnly, mark } = statement
  const statements: string[] = []
  if (database !== undefined) statements.push(`USE ${database}`)
  for (const [name, value] of parameters) statements.push(`SET param_${name} = ${literal(value)}`)
  for (const [name, value] of settings) {
    if (name === 'log_comment') continue
    if (readOnly && name === 'readonly')
      throw new ClickHouseError(
        164,
        'READONLY',
        "Cannot modify 'readonly' setting in readonly mode",
      )
    statements.push(`SET ${name} = ${literal(value)}`)
  }
  statements.push(`SET log_comment = ${literal(`${mark} ${settings.get('log_comment') ?? ''}`)}`)
  if (readOnly) statements.push('SET readonly = 1')
  return statements
}
