/** Searches every byte that a platform keeps or says: journal, store, logs, answers. Of a platform that has been stopped. */
import { findNeedles, type Hit, type Needle } from '../harness/needles.ts'
import { readAllFiles, type Platform } from '../harness/platform.ts'
import { withStore } from '../harness/store.ts'

export type Searched = { hits: Hit[]; files: number; bytes: number; cells: number }

export async function searchKept(
  platform: Platform,
  needles: readonly Needle[],
): Promise<Searched> {
  const hits: Hit[] = []
  const files = await readAllFiles(platform.dataDirectory)
  let bytes = 0
  for (const [path, content] of files) {
    bytes += content.length
    hits.push(...findNeedles(needles, path, content))
  }
  hits.push(...findNeedles(needles, 'the output of up', Buffer.from(platform.output)))
  hits.push(...findNeedles(needles, 'the command line and the API', Buffer.from(platform.said)))

  // Files of the store are compressed: every string in it, and the bytes of every record.
  let cells = 0
  await withStore(platform, async ({ rows }) => {
    const tables = await rows<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE '%_rows'`,
    )
    for (const { name } of tables) {
      const content = await rows<Record<string, unknown>>(`SELECT * FROM ${name}`)
      cells += content.length
      hits.push(...findNeedles(needles, `table ${name}`, Buffer.from(JSON.stringify(content))))
    }
    for (const column of ['records.bytes', 'chunks.payload']) {
      const [table, name] = column.split('.')
      const raw = await rows<{ raw: string }>(`SELECT base64Encode(${name}) AS raw FROM ${table}_rows`) // prettier-ignore
      const content = Buffer.concat(raw.map(({ raw }) => Buffer.from(raw, 'base64')))
      bytes += content.length
      hits.push(...findNeedles(needles, column, content))
    }
  })
  return { hits, files: files.size, bytes, cells }
}
