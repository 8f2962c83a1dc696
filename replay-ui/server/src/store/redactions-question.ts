/** How often something in a session was masked after it was recorded: it changes with every redaction, and with nothing else. */
import { z } from 'zod'
import { ofSession, type Questions } from './question.ts'

const row = z.object({ redactions: z.int() })

export async function redactionsOf(questions: Questions, session: string): Promise<number> {
  const found = await questions.row(
    // A row may still lie beside the one that replaced it.
    `SELECT sum(version - 1) AS redactions FROM (
      SELECT max(row_version) AS version FROM chunks_rows WHERE ${ofSession} AND row_version > 1 GROUP BY seq)`,
    { session },
    row,
  )
  return found?.redactions ?? 0
}
