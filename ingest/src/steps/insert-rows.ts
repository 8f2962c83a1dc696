/**
 * Step 7 of 7. From shape-rows.ts. Inserts the batch: derived tables first, `records` last, so that a record that can be seen
 * has all of its rows. Each insert can be repeated: the same rows have the same keys and versions.
 */
import type { DeadLetter } from '../batch.ts'
import type { Store } from '../store/store.ts'
import { inInsertOrder, type RowBuffers } from '../tables/buffers.ts'

/** @throws GatetrailError STORE_UNAVAILABLE: then all of it is to be inserted again. */
export async function insertRows(store: Store, buffers: RowBuffers): Promise<void> {
  for (const batch of inInsertOrder(buffers)) {
    if (batch.rows > 0) await store.insert(batch)
  }
}

export function addDeadLetters(
  letters: readonly DeadLetter[],
  buffers: RowBuffers,
  tenantOf: (writer: string) => string,
  nowMicros: number,
): void {
  for (const { writer, position, reason, message, bytes } of letters) {
    const tenant = tenantOf(writer)
    buffers.deadLetters.add({ tenant, writer, position, reason, message, time: nowMicros, bytes })
  }
}
