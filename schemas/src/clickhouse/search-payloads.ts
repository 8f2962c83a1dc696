/**
 * What results showed is searched where it lies, in the payload of chunks: one index over it and over `shown`, which holds what the bytes
 * of frames hide, instead of all of it once more. Indexes are of texts in small letters, and questions ask for these, so that parts
 * without an index give the same answer: it is made in the background, and until then they are read whole.
 */
import { inBackground, localTable, type Migration } from './migration.ts'

/** What a question about words asks: the index is found by this very expression. */
export const indexedTexts = {
  shown: "lowerUTF8(concat(payload, ' ', shown))",
  statements: 'lowerUTF8(text)',
} as const

/** Longer runs are encoded bytes, and would make the index as large as they are. */
const withoutLongRuns = `, preprocessor = replaceRegexpAll(${indexedTexts.shown}, '[0-9a-z]{257,}', ' ')`

export const searchPayloads: Migration = {
  id: '0014-search-payloads',
  statements: (target) => {
    const { onCluster, cluster } = target
    const alter = (table: string, changes: readonly string[]) =>
      `ALTER TABLE ${table}${onCluster} ${changes.join(', ')}`
    const chunks = localTable('chunks_rows', target)
    const statements = localTable('statements_rows', target)
    const before = [
      `ADD COLUMN IF NOT EXISTS text_before String COMMENT 'text_rest of the chunk before, where it goes on with a frame' CODEC(ZSTD(1))`,
      `COMMENT COLUMN shown 'words of results that the bytes of their frames hide; searched 1: all that they showed'`,
    ]
    const index = (name: string, text: string, preprocessor = '') =>
      `ADD INDEX IF NOT EXISTS ${name} ${text} TYPE text(tokenizer = 'splitByNonAlpha'${preprocessor})`
    return [
      alter(chunks, [...before, 'DROP INDEX IF EXISTS shown_index']),
      ...(cluster === undefined ? [] : [alter('chunks_rows', before)]),
      `CREATE OR REPLACE VIEW chunks${onCluster} AS
    SELECT * EXCEPT (row_version) FROM chunks_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
      alter(chunks, [index('payload_words_index', indexedTexts.shown, withoutLongRuns)]),
      inBackground(alter(chunks, ['MATERIALIZE INDEX payload_words_index'])),
      // While the one of before is still being made, it can't be dropped.
      `KILL MUTATION${onCluster} WHERE database = currentDatabase() AND table = '${statements}' AND command LIKE '%MATERIALIZE INDEX words_index%' SYNC`,
      alter(statements, ['DROP INDEX IF EXISTS words_index']),
      alter(statements, [index('text_words_index', indexedTexts.statements)]),
      inBackground(alter(statements, ['MATERIALIZE INDEX text_words_index'])),
    ]
  },
}
