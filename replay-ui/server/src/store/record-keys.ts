/** Records by their session and seq, as conditions of a question. */

export type RecordKey = { session: string; seq: number }

export function keyOf({ session, seq }: RecordKey): string {
  return `${session}/${seq}`
}

/** `session IN` with the times that these ids begin with, so that no more is read than can hold them. */
export const ofSessions = `tenant = {tenant:String} AND session IN {sessions:Array(UUID)}
  AND UUIDv7ToDateTime(session, 'UTC') >= arrayMin(arrayMap(id -> UUIDv7ToDateTime(id, 'UTC'), {sessions:Array(UUID)}))
  AND UUIDv7ToDateTime(session, 'UTC') <= arrayMax(arrayMap(id -> UUIDv7ToDateTime(id, 'UTC'), {sessions:Array(UUID)}))`

/** Besides `ofSessions`. */
export const theseRecords = `seq IN {seqs:Array(UInt32)}
  AND (toString(session), seq) IN (SELECT arrayJoin(arrayZip({ids:Array(String)}, {seqs:Array(UInt32)})))`

export function parametersOf(records: readonly RecordKey[]) {
  const ids = records.map(({ session }) => session)
  return { sessions: [...new Set(ids)], ids, seqs: records.map(({ seq }) => seq) }
}
