/** How touches are grouped and counted: which columns make a group, and the query of a page of groups. Pure. */
import type { TouchGroup } from '@gatetrail/replay-api'
import { touchOutcomes, unreachable } from '@gatetrail/schemas'
import { z } from 'zod'
import { principalColumns } from './principal-rows.ts'

const whoNames = principalColumns.split(/,\s*/)
const noSession = '00000000-0000-0000-0000-000000000000'
export const sumColumns = `sum(count) AS touched, ${touchOutcomes.map((outcome) => `sumIf(count, outcome = '${outcome}') AS ${outcome}`).join(', ')}`
/** Of runs and statements their hashes, quicker to compare: of runs, whose names callers give, one that cannot be made to collide. */
export const countColumns = `${sumColumns},
  uniqExact(session) AS session_count,
  uniqExact(sipHash128(run_provider, run_id, run_attempt, if(run_id = '', session, toUUID('${noSession}')))) AS run_count,
  uniqExact(principal) AS principal_count,
  uniqExactIf(cityHash64(session, assumeNotNull(statement)), isNotNull(statement)) AS statement_count,
  uniqExact(place) AS place_count, groupUniqArray(100)(entity) AS entities, groupUniqArray(100)(connection) AS connections`
const sumRow = {
  touched: z.int(),
  masked: z.int(),
  revealed: z.int(),
  late: z.int(),
  written: z.int(),
  filtered: z.int(),
}
const countRow = {
  ...sumRow,
  session_count: z.int(),
  run_count: z.int(),
  principal_count: z.int(),
  statement_count: z.int(),
  place_count: z.int(),
  entities: z.array(z.string()),
  connections: z.array(z.string()),
}
export const sumTotalsRow = z.object(sumRow)
export const totalsRow = z.object(countRow)
const noText = z.string().default('')
/** Of who only what its kind of group has. */
const namedRow = {
  principal: noText, principal_kind: noText, issuer: noText, subject: noText,
  run_provider: noText, run_id: noText, run_attempt: noText, run_workflow: noText, run_repository: noText, run_url: noText,
  on_behalf_of: z.array(z.string()).default([]),
  connection: noText,
  group_key: z.string(),
  is_total: z.int(),
  session_id: z.string(),
  first_time: z.string(),
  last_time: z.string(),
} // prettier-ignore
export const sumGroupRow = z.object({ ...sumRow, ...namedRow })
export const groupRow = z.object({ ...countRow, ...namedRow })
export type SumGroupRow = z.infer<typeof sumGroupRow>

type Grouping = {
  /** What makes a group. */
  key: string
  /** As text. */
  text: string
  /** Of who, what is the same in all of its touches. */
  who: readonly string[]
  /** There are about as many as touches: what is distinct in each is counted for those alone that are shown. */
  many: boolean
}

export function groupingOf(by: TouchGroup): Grouping {
  switch (by) {
    case 'run':
      return { key: 'run_key', text: 'hex(key)', who: whoNames, many: true }
    case 'session':
      return { key: 'session', text: 'toString(key)', who: whoNames, many: true }
    case 'principal': {
      const who = ['principal', 'principal_kind', 'issuer', 'subject']
      return { key: 'principal', text: 'toString(key)', who, many: false }
    }
    case 'workflow': {
      const who = ['run_provider', 'run_repository', 'run_workflow']
      return { key: `sipHash128(${who.join(', ')})`, text: 'hex(key)', who, many: false }
    }
    case 'day':
      return {
        key: 'toDate(toTimeZone(time, {tz:String}))',
        text: 'toString(key)',
        who: [],
        many: false,
      }
    case 'place':
    case 'entity':
    case 'connection':
    case 'policy':
      return { key: by, text: 'toString(key)', who: [], many: false }
    default:
      return unreachable(by)
  }
}

/** `touches`: a query. `counts`: its columns. `isBehind`: behind a group, whose place is given. */
export function groupsQuery(
  by: TouchGroup,
  touches: string,
  counts: string,
  isBehind: boolean,
): string {
  const { key, text, who, many } = groupingOf(by)
  const order = by === 'day' ? 'group_key DESC' : 'revealed DESC, touched DESC, group_key'
  const some = who.map((name) => `any(${name}) AS some_${name}, `).join('')
  const named = who.map((name) => `some_${name} AS ${name}, `).join('')
  const inner = ['key', 'total', ...who.map((name) => `some_${name}`)].join(', ')
  const columns = `${some}toString(any(session)) AS session_id, toString(min(time)) AS first_time, toString(max(time)) AS last_time, ${counts}`
  const keyed = `(SELECT *, ${key} AS key FROM (${touches}))`
  const place = isBehind ? behind(by) : '1'
  if (many) {
    const page = `SELECT key FROM (
        SELECT key, ${text} AS group_key, sumIf(count, outcome = 'revealed') AS revealed, sum(count) AS touched FROM ${keyed} GROUP BY key
      ) WHERE ${place} ORDER BY ${order} LIMIT {limit:UInt32}`
    return `SELECT ${text} AS group_key, toUInt8(0) AS is_total, ${named}* EXCEPT (${inner})
    FROM (SELECT key, 0 AS total, ${columns} FROM ${keyed} WHERE key IN (${page}) GROUP BY key) ORDER BY ${order}`
  }
  // One look for the groups and for all of them together.
  return `SELECT * FROM (
      SELECT ${text} AS group_key, toUInt8(total) AS is_total, ${named}* EXCEPT (${inner})
      FROM (SELECT key, grouping(key) AS total, ${columns} FROM ${keyed} GROUP BY ROLLUP(key))
    ) WHERE is_total OR (${place}) ORDER BY is_total DESC, ${order} LIMIT {limit:UInt32} + 1`
}

/** Behind the last group of the page before, in their order. */
function behind(by: TouchGroup): string {
  if (by === 'day') return 'group_key < {key:String}'
  return `(revealed, touched) < ({revealed:UInt64}, {touched:UInt64})
        OR ((revealed, touched) = ({revealed:UInt64}, {touched:UInt64}) AND group_key > {key:String})`
}
