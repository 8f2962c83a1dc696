/** An embedded store that holds the chunks of one terminal session, written by SQL: many of them cost nothing. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Questions } from '../store/question.ts'
import { openTestStore } from './open-test-store.ts'

export const terminalSession = '0199c82c-c3e8-7001-8000-000000000001'

export type TerminalStore = {
  questions: Questions
  /** `chunks`: a SELECT of `seq`, `type`, `payload` and `version`; each of one frame. */
  store(chunks: string): Promise<void>
  close(): Promise<void>
}

export async function openTerminalStore(): Promise<TerminalStore> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-terminal-'))
  const client = await openTestStore(join(directory, 'chdb'))
  return {
    questions: Questions.ofAll(client, 'default'),
    async store(chunks) {
      await client.command({
        query: `INSERT INTO chunks_rows (tenant, session, seq, types, offsets, lengths, payload, stored, row_version)
          SELECT 'default', '${terminalSession}', seq, [type], [seq * 1000], [length(payload)], payload, now(), version FROM (${chunks})`,
      })
    },
    async close() {
      await client.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
