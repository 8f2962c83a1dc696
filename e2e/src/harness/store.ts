/** The event store, opened by the test while the platform is stopped. */
import { join } from 'node:path'
import { openEmbeddedStore } from '@gatetrail/ingest'
import type { Platform } from './platform.ts'

export type OpenStore = {
  rows<Row>(query: string): Promise<Row[]>
  command(query: string): Promise<void>
}

/** Gives the store to `use` and closes it. The platform must not run. */
export async function withStore<Result>(
  platform: Platform,
  use: (store: OpenStore) => Promise<Result>,
): Promise<Result> {
  const store = await openEmbeddedStore(join(platform.dataDirectory, 'chdb'))
  try {
    return await use({
      rows: async <Row>(query: string) =>
        (await store.read.query({ query, format: 'JSONEachRow' })).json<Row>(),
      command: async (query) => {
        await store.write.command({ query })
      },
    })
  } finally {
    await store.close()
  }
}
