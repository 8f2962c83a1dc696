/** What a replay must know of its session before anything else. Whoever may not see the session learns here that it is not there. */
import { z } from 'zod'
import { SessionCache } from '../replay/session-cache.ts'
import { ofSession, type Questions } from './question.ts'
import { noSession } from './sessions-question.ts'

const row = z.object({
  state: z.string(),
  protocol: z.string(),
  connection: z.string(),
  duration: z.int(),
  started_ms: z.int(),
  ended_ms: z.int(),
  last_seq: z.int(),
})

const offsetRow = z.object({ records: z.int(), offset: z.int() })

export type ReplayedSession = {
  id: string
  ended: boolean
  /** Nothing of it is to come. One whose writer was silent has ended, and may go on. */
  final: boolean
  protocol: string
  connection: string
  /** To its last record; or as it was said at its end. */
  durationMicros: number
  startedMs: number
  /** Of its last record so far. */
  lastMs: number
  lastSeq: number
}

/** The sessions that were replayed lately: one that is final is not asked for again by who sees the same. */
export class ReplayedSessions {
  readonly #cache = new SessionCache<ReplayedSession>()
  /** By session and seq: a record's offset never changes. Asked only for whom may see the session. */
  readonly #lastOffsets = new SessionCache<number | undefined>()

  /** @throws GatetrailError NOT_FOUND */
  of(questions: Questions, session: string): Promise<ReplayedSession> {
    return this.#cache.get(`${session} ${questions.scope}`, async (known) =>
      known?.final === true ? known : this.#read(questions, session),
    )
  }

  async #read(questions: Questions, session: string): Promise<ReplayedSession> {
    const found = await questions.row(
      `SELECT state, protocol, connection, duration_micros AS duration, toUnixTimestamp64Milli(time) AS started_ms,
      toUnixTimestamp64Milli(last_time) AS ended_ms, last_seq
    FROM sessions WHERE ${ofSession}`,
      { session },
      row,
    )
    if (found === undefined) throw noSession(session)
    // What says how long it took comes at its end.
    const offset = await this.#lastOffsets.get(`${session} ${found.last_seq}`, async (known) => {
      if (known !== undefined) return known
      const last = await questions.row(
        `SELECT count() AS records, max(offset_micros) AS offset FROM records WHERE ${ofSession} AND seq = {seq:UInt32}`,
        { session, seq: found.last_seq },
        offsetRow,
      )
      // It may come after its session: until then it is asked for again.
      return last === undefined || last.records === 0 ? undefined : last.offset
    })
    return {
      id: session,
      ended: found.state !== 'open',
      final: (found.state === 'closed' || found.state === 'refused') && offset !== undefined,
      protocol: found.protocol,
      connection: found.connection,
      durationMicros: Math.max(found.duration, offset ?? 0),
      startedMs: found.started_ms,
      lastMs: found.ended_ms,
      lastSeq: found.last_seq,
    }
  }
}
