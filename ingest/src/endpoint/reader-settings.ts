/**
 * The settings under which a reader's statement runs: ours, and of theirs what only shapes the answer or asks for less. All else is
 * refused as a server with `readonly = 1` refuses it. Pure.
 */
import { limits } from '@gatetrail/schemas'
import { ClickHouseError } from './exception.ts'

const { MiB } = limits

/** Bounds: a reader may ask for less. */
const bounds: ReadonlyMap<string, number> = new Map([
  ['max_execution_time', 60],
  ['max_threads', 2],
  ['max_memory_usage', 1_024 * MiB],
  ['max_result_rows', 5_000_000],
  // Made in memory before it leaves.
  ['max_result_bytes', 64 * MiB],
  ['max_rows_to_read', 10_000_000_000],
  ['max_ast_depth', 500],
  ['max_subquery_depth', 30],
])

const fixed: ReadonlyMap<string, string> = new Map([
  ['result_overflow_mode', 'throw'],
  ['timeout_overflow_mode', 'throw'],
  ['allow_introspection_functions', '0'],
  ['allow_ddl', '0'],
])

/** Only what the answer looks like; `output_format_schema` is a file that the engine writes. */
const free =
  /^(output_format_(?!schema$)[a-z0-9_]+|date_time_output_format|session_timezone|log_comment|extremes|limit|offset|join_use_nulls|max_block_size|format_csv_delimiter|bool_(true|false)_representation)$/

/** @throws ClickHouseError READONLY */
export function readerSettings(asked: ReadonlyMap<string, string>): Map<string, string> {
  const settings = new Map<string, string>()
  for (const [name, bound] of bounds) settings.set(name, String(bound))
  for (const [name, value] of fixed) settings.set(name, value)
  for (const [name, value] of asked) {
    const bound = bounds.get(name)
    if (bound !== undefined) {
      const number = Number(value)
      if (Number.isFinite(number) && number > 0 && number < bound)
        settings.set(name, String(number))
    } else if (fixed.get(name) !== value && name !== 'readonly') {
      if (!free.test(name))
        throw new ClickHouseError(
          164,
          'READONLY',
          `Cannot modify '${name}' setting in readonly mode`,
        )
      settings.set(name, value)
    }
  }
  return settings
}
