/**
 * Holds the store against what must be true of it: at every moment each record once and every session dense; and in the end
 * each statement of the target's own log once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { mark } from './load.ts'

type Asked = Pick<Cluster, 'rows'>

/** In one pass over the table, so that rows that come meanwhile are in all of the counts or in none. */
const countRecords = `SELECT toFloat64(sum(rows)) AS records, toFloat64(sum(keys)) AS keys, toFloat64(sum(dense)) AS dense
  FROM (SELECT count() AS rows, uniqExact(seq) AS keys, max(seq) + 1 AS dense FROM records GROUP BY session)`
const countDerived = `SELECT toFloat64(s.rows - s.keys + t.rows - t.keys + p.rows - p.keys) AS surplus FROM
  (SELECT count() AS rows, uniqExact(session) AS keys FROM sessions) AS s,
  (SELECT count() AS rows, uniqExact(session, seq) AS keys FROM statements) AS t,
  (SELECT count() AS rows, uniqExact(session, seq, ordinal) AS keys FROM pii_touches) AS p`
const pollIntervalMs = 400

export type RecordCounts = { records: number; keys: number; dense: number }

export async function recordCounts(cluster: Asked): Promise<RecordCounts> {
  const [row] = await cluster.rows<RecordCounts>(countRecords)
  if (row === undefined) throw new Error('the store gave no counts')
  return row
}

export type Watch = {
  /** Answers that the store gave. */
  readonly polls: number
  /** Times that it gave none. */
  readonly unanswered: number
  /** Answers that were wrong. */
  readonly wrong: string[]
  stop(): Promise<void>
}

/** Asks again and again until it is stopped. */
export function watchRecords(cluster: Asked): Watch {
  const wrong: string[] = []
  let polls = 0
  let unanswered = 0
  const stopping = new AbortController()
  const work = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const counts = await recordCounts(cluster)
        const [derived] = await cluster.rows<{ surplus: number }>(countDerived)
        polls++
        if (
          counts.records !== counts.keys ||
          counts.records !== counts.dense ||
          derived?.surplus !== 0
        )
          wrong.push(JSON.stringify({ ...counts, ...derived }))
      } catch {
        unanswered++ // It is being killed, or not there: the claim is about its answers.
      }
      await sleep(pollIntervalMs)
    }
  })()
  return {
    get polls() {
      return polls
    },
    get unanswered() {
      return unanswered
    },
    wrong,
    stop: async () => {
      stopping.abort()
      await work
    },
  }
}

export type Comparison = { logged: number; inTrail: number; missing: string[]; twice: string[] }

/** Statements of load.ts: those that reached PostgreSQL, by its own log, against `statements`. */
export async function compareWithTarget(
  cluster: Asked & Pick<Cluster, 'target'>,
): Promise<Comparison> {
  const logged = countMarks(await cluster.target.loggedStatements())
  const rows = await cluster.rows<{ text: string }>(
    `SELECT text FROM statements WHERE text LIKE '%load-%'`,
  )
  const trail = countMarks(rows.map(({ text }) => text))
  return {
    logged: logged.size,
    inTrail: trail.size,
    missing: [...logged.keys()].filter((one) => !trail.has(one)),
    twice: [...trail].filter(([, times]) => times > 1).map(([one]) => one),
  }
}

function countMarks(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) {
    const found = mark.exec(text)?.[0]
    if (found !== undefined) counts.set(found, (counts.get(found) ?? 0) + 1)
  }
  return counts
}
