/**
 * Texts for a search: in `chunks` what results showed, what clients sent and errors, in `events` claims, each with an index of words;
 * that of `statements` learns of letters beyond ASCII. They are columns of the rows that they come from, so that a redaction replaces
 * them, retention drops them and a legal hold keeps them with these. `searched` 0: a row of before; `gatetrail ingest rebuild` makes it anew.
 */
import { localTable, type Migration } from './migration.ts'

const words = (column: string) =>
  `text(tokenizer = 'splitByNonAlpha', preprocessor = lowerUTF8(${column}))`
const addText = (column: string, comment: string) =>
  `ADD COLUMN IF NOT EXISTS ${column} String COMMENT '${comment}' CODEC(ZSTD(1))`
const addIndex = (column: string) =>
  `ADD INDEX IF NOT EXISTS ${column}_index ${column} TYPE ${words(column)}`
const searched = `ADD COLUMN IF NOT EXISTS searched UInt8 COMMENT 'version of how the texts were made; 0: there are none'`
const searchedIndex = `ADD INDEX IF NOT EXISTS searched_index searched TYPE minmax GRANULARITY 1`

export const addSearchTexts: Migration = {
  id: '0013-search-texts',
  statements: (target) => {
    const { onCluster, cluster } = target
    const columns = {
      chunks_rows: [
        addText('shown', 'what results showed'),
        addText('sent', 'what the client sent besides statements'),
        addText('errors', 'errors and notices'),
        `ADD COLUMN IF NOT EXISTS text_rest String COMMENT 'where its last frame was cut: what the next chunk goes on with' CODEC(ZSTD(1))`,
        searched,
      ],
      events_rows: [addText('claims', 'texts in what was claimed'), searched],
    }
    const indexes = {
      chunks_rows: [addIndex('shown'), addIndex('sent'), addIndex('errors'), searchedIndex],
      events_rows: [addIndex('claims'), searchedIndex],
    }
    const alter = (table: string, changes: readonly string[]) =>
      `ALTER TABLE ${table}${onCluster} ${changes.join(', ')}`
    const tables = ['chunks_rows', 'events_rows'] as const
    const statements = localTable('statements_rows', target)
    return [
      ...tables.flatMap((table) => [
        alter(localTable(table, target), [...columns[table], ...indexes[table]]),
        ...(cluster === undefined ? [] : [alter(table, columns[table])]),
      ]),
      ...['chunks', 'events'].map(
        (view) => `CREATE OR REPLACE VIEW ${view}${onCluster} AS
    SELECT * EXCEPT (row_version) FROM ${view}_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
      ),
      // A column has one index of words at most.
      alter(statements, ['DROP INDEX IF EXISTS text_index']),
      alter(statements, [`ADD INDEX IF NOT EXISTS words_index text TYPE ${words('text')}`]),
      // In the background: parts that have no index yet are read whole.
      alter(statements, ['MATERIALIZE INDEX words_index']),
    ]
  },
}
