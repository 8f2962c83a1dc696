/**
 * The types of columns that our tables use: how a value is written as RowBinary and read back from JSON. A table's rows
 * are typed by its columns (`Row<typeof columns>`), so that a column and what fills it cannot drift apart.
 */
import { fingerprintBytes } from '@gatetrail/detect'
import { uuidBytes } from '@gatetrail/schemas'
import type { RowWriter } from './row-writer.ts'

export type Column<Value> = {
  /** As RowBinary has it: LowCardinality is written like what it wraps. */
  type: string
  write(writer: RowWriter, value: Value): void
  /** From JSONEachRow. */
  read(json: unknown): Value
}

export type Columns = Readonly<Record<string, Column<unknown>>>
export type Row<C extends Columns> = {
  -readonly [Name in keyof C]: C[Name] extends Column<infer Value> ? Value : never
}

const column = <Value>(
  type: string,
  write: (writer: RowWriter, value: Value) => void,
  read: (json: unknown) => Value,
): Column<Value> => ({ type, write, read })

export const text = column<string>('String', (writer, value) => writer.text(value), String)
/** A String column with arbitrary bytes. Not read back through JSON. */
export const bytes = column<Uint8Array>(
  'String',
  (writer, value) => writer.string(value),
  unreadable,
)
export const hash = column<Uint8Array>(
  'FixedString(32)',
  (writer, value) => writer.fixed(value),
  unreadable,
)
export const fingerprint = column<Uint8Array>(
  `FixedString(${fingerprintBytes})`,
  (writer, value) => writer.fixed(value),
  unreadable,
)
export const uint8 = column<number>('UInt8', (writer, value) => writer.uint8(value), Number)
export const uint16 = column<number>('UInt16', (writer, value) => writer.uint16(value), Number)
export const uint32 = column<number>('UInt32', (writer, value) => writer.uint32(value), Number)
export const uint64 = column<number>('UInt64', (writer, value) => writer.uint64(value), Number)
export const bool = column<boolean>(
  'Bool',
  (writer, value) => writer.uint8(value ? 1 : 0),
  (json) => json === true || json === 1,
)
export const uuid = column<string>(
  'UUID',
  (writer, value) => writer.uuid(uuidBytesOf(value)),
  String,
)
/** µs since 1970. */
export const time = column<number>(
  "DateTime64(6, 'UTC')",
  (writer, value) => writer.uint64(value),
  (json) => microsOf(String(json)),
)
/** Seconds since 1970. */
export const seconds = column<number>(
  "DateTime('UTC')",
  (writer, value) => writer.uint32(value),
  (json) => Math.floor(microsOf(String(json)) / 1_000_000),
)
/** A keyed count: Map(String, UInt64). */
export const counts = column<Record<string, number>>(
  'Map(String, UInt64)',
  (writer, value) => {
    const entries = Object.entries(value)
    writer.varint(entries.length)
    for (const [key, count] of entries) {
      writer.text(key)
      writer.uint64(count)
    }
  },
  (json) =>
    Object.fromEntries(
      Object.entries(json as Record<string, unknown>).map(([key, count]) => [key, Number(count)]),
    ),
)

export const direction = column<'to_target' | 'to_client'>(
  "Enum8('to_target' = 0, 'to_client' = 1)",
  (writer, value) => writer.uint8(value === 'to_client' ? 1 : 0),
  (json) => (json === 'to_client' ? 'to_client' : 'to_target'),
)

export function arrayOf<Value>(item: Column<Value>): Column<readonly Value[]> {
  return column(
    `Array(${item.type})`,
    (writer, values) => {
      writer.varint(values.length)
      for (const value of values) item.write(writer, value)
    },
    (json) => (json as unknown[]).map((value) => item.read(value)),
  )
}

export function nullable<Value>(item: Column<Value>): Column<Value | undefined> {
  return column(
    `Nullable(${item.type})`,
    (writer, value) => {
      writer.uint8(value === undefined ? 1 : 0)
      if (value !== undefined) item.write(writer, value)
    },
    (json) => (json === null ? undefined : item.read(json)),
  )
}

/** `YYYY-MM-DD hh:mm:ss[.ffffff]` in UTC, as ClickHouse prints it. */
function microsOf(printed: string): number {
  const [whole = '', fraction = ''] = printed.split('.')
  return Date.parse(`${whole.replace(' ', 'T')}Z`) * 1000 + Number(fraction.padEnd(6, '0'))
}

const uuidsKeptMax = 1024
const uuidsKept = new Map<string, Uint8Array>()

function uuidBytesOf(uuid: string): Uint8Array {
  const kept = uuidsKept.get(uuid)
  if (kept !== undefined) return kept
  const made = uuidBytes(uuid)
  if (uuidsKept.size >= uuidsKeptMax) uuidsKept.clear()
  uuidsKept.set(uuid, made)
  return made
}

function unreadable(): never {
  throw new Error('a column of bytes is not read through JSON')
}
