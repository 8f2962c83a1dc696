/**
 * The sessions of a simulated day as SQL for ClickHouse's engine, which makes them itself: what a session is depends on
 * hashes of seed, day and number alone. Jobs come by their schedules, agents at any hour, people in office hours; a few
 * sessions are very long. Every session has 4 + 4 × statements records. Pure.
 */
import { literals } from '../store/store.ts'
import type { SimulatedDay } from './simulated-year.ts'

/** Part of a day, by positions: sessions whose first record lies in it. */
export type Slice = { day: SimulatedDay; seed: number; from: number; to: number }

/** Means over all sessions are about 160 records: twice as many sessions as a day can need, and some. */
const recordsPerSession = 80
const sessionsBeside = 2_000

const repositories = ['train', 'forecast', 'etl', 'reports', 'fraud', 'web'].map(
  (name) => `acme/${name}`,
)
const workflows = [
  'nightly',
  'hourly-sync',
  'backfill',
  'export',
  'score',
  'reconcile',
  'report',
  'archive',
]
const people = [
  'alice',
  'bob',
  'carol',
  'dmitri',
  'elena',
  'farid',
  'grace',
  'hiro',
  'ines',
  'jamal',
]
const connections = ['orders', 'customers', 'billing', 'warehouse', 'support']

const places = [
  ['public.customers.email', 'EMAIL'],
  ['public.customers.ssn', 'US_SSN'],
  ['public.customers.phone', 'PHONE'],
  ['public.customers.name', 'PERSON'],
  ['public.orders.ship_to', 'ADDRESS'],
  ['public.payments.card', 'CREDIT_CARD'],
  ['public.payments.iban', 'IBAN'],
  ['public.tickets.body', 'EMAIL'],
  ['public.tickets.body', 'PHONE'],
  ['hr.people.birthday', 'DATE_OF_BIRTH'],
  ['hr.people.passport', 'PASSPORT'],
  ['analytics.events.ip', 'IP_ADDRESS'],
] as const

const texts = [
  'SELECT id, status, total FROM orders WHERE id = ',
  'SELECT name, email FROM customers WHERE customer_id = ',
  'SELECT count(*) FROM events WHERE kind = ',
  'UPDATE orders SET status = $1 WHERE id = ',
  'INSERT INTO audit_notes (order_id, note) VALUES ($1, $2) -- batch ',
  'COPY (SELECT * FROM payments WHERE day = $1) TO STDOUT -- part ',
  'SELECT p.card, o.total FROM payments p JOIN orders o USING (order_id) WHERE o.customer = ',
  'DELETE FROM sessions WHERE expires < now() -- sweep ',
  'SELECT body FROM tickets WHERE state = $1 LIMIT ',
  'REFRESH MATERIALIZED VIEW sales_by_day -- run ',
] as const

const maxUint64 = '18446744073709551616.'

/** Between 0 and 1, never 0. */
export function uniform(hash: string): string {
  return `((toFloat64(${hash}) + 1) / ${maxUint64})`
}

/** One of these texts by a hash. */
export function oneOf(list: readonly string[], hash: string): string {
  return `[${literals(list)}][${hash} % ${list.length} + 1]`
}

/** What comes of a statement, from its hash alone: the same in every table. */
export function statementSql(hash: string, { touchedOf10000, touchesEach }: SimulatedDay) {
  const fate = `(${hash} % 1000)`
  const touch = (ordinal: string) => `sipHash64(${hash}, ${ordinal}, 'touch')`
  const place = (ordinal: string) => `bitShiftRight(${touch(ordinal)}, 8) % ${places.length} + 1`
  return {
    isDenied: `(${fate} < 10)`,
    isFailed: `(${fate} >= 10 AND ${fate} < 25)`,
    isTouched: `(${fate} >= 25 AND sipHash64(${hash}, 'touched') % 10000 < ${touchedOf10000})`,
    rows: `if(${fate} < 25, 0, toUInt64(least(200000, 2 * pow(${uniform(`sipHash64(${hash}, 'rows')`)}, -0.7))))`,
    text: `concat(${oneOf(texts, `sipHash64(${hash}, 'text')`)}, toString(${hash} % 100000))`,
    template: `(sipHash64(${hash}, 'text') % ${texts.length})`,
    touchesEach,
    place: (ordinal: string) => `[${literals(places.map(([name]) => name))}][${place(ordinal)}]`,
    entity: (ordinal: string) =>
      `[${literals(places.map(([, entity]) => entity))}][${place(ordinal)}]`,
    outcome: (ordinal: string) =>
      `['masked', 'masked', 'masked', 'masked', 'masked', 'masked', 'masked', 'masked', 'masked', 'masked', 'masked', 'masked',
        'revealed', 'revealed', 'filtered', 'written', 'late'][bitShiftRight(${touch(ordinal)}, 20) % 17 + 1]`,
    count: (ordinal: string) => `(bitShiftRight(${touch(ordinal)}, 32) % 120 + 1)`,
  }
}

/**
 * A SELECT of the sessions of the slice: session, first_position, records (n), statements (k), step_micros between
 * statements, and who. Their order of positions is that of their numbers.
 */
export function sessionsSql({ day, seed, from, to }: Slice): string {
  const numbers = Math.ceil((day.records / recordsPerSession) * 2) + sessionsBeside
  const salted = (salt: string) => `sipHash64(h, '${salt}')`
  const size = uniform(salted('size'))
  const peopleOf100 = day.isWeekend ? 2 : 17
  return `SELECT *,
      upto - wanted AS first_position,
      toUInt32(least(wanted, ${day.records} - first_position)) AS n,
      toUInt32(intDiv(n, 4) - 1) AS k,
      5000 + k * step_micros AS session_micros,
      toUUID(concat(substring(ms_hex, 1, 8), '-', substring(ms_hex, 9, 4), '-751d-8', substring(lower(hex(h)), 1, 3), '-',
        leftPad(lower(hex(toUInt16(${day.index}))), 4, '0'), leftPad(lower(hex(toUInt32(i))), 8, '0'))) AS session
    FROM (
      SELECT *, sum(wanted) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS upto FROM (
        SELECT number AS i, sipHash64(toUInt64(${seed}), toUInt64(${day.index}), number) AS h,
          multiIf(h % 100 < 55, 'ci_job', h % 100 < 80, 'agent', h % 100 < 80 + ${peopleOf100}, 'human', h % 100 < 97, 'agent', 'service_account') AS who,
          ${salted('workflow')} % 60 AS w,
          ${salted('refused')} % 100 = 0 AS is_refused,
          if(is_refused, 0, toUInt64(multiIf(
            who = 'ci_job', least(4000, 4 + 20 * pow(${size}, -0.55)),
            who = 'agent', least(2000, 2 + 12 * pow(${size}, -0.6)),
            who = 'human', least(300, 1 + 6 * pow(${size}, -0.5)),
            least(4000, 10 + 40 * pow(${size}, -0.5))))) AS wanted_statements,
          4 + 4 * wanted_statements AS wanted,
          multiIf(who = 'ci_job', 50000, who = 'agent', 2000000, who = 'human', 24000000, 100000) + ${salted('step')} % 800000 AS step_micros,
          multiIf(
            who = 'ci_job', if(w % 3 = 0, ${salted('hour')} % 24, w * 5 % 24) * 3600 + w * 7 % 60 * 60 + ${salted('second')} % 90,
            who = 'human', 7 * 3600 + ${salted('early')} % 19800 + ${salted('late')} % 19800,
            ${salted('second')} % 86400) AS start_second,
          ${day.startMs * 1000} + start_second * 1000000 + ${salted('micros')} % 1000000 AS start_micros,
          leftPad(lower(hex(toUInt64(intDiv(start_micros, 1000)))), 12, '0') AS ms_hex
        FROM numbers(${numbers})
      )
    )
    WHERE upto - wanted < ${day.records} AND upto - wanted >= ${from} AND upto - wanted < ${to}`
}

/** The columns that sessions, statements and touches have in common, in their order, from a session of `sessionsSql`. */
export const whoColumns =
  'principal, principal_kind, issuer, subject, run_provider, run_id, run_attempt, run_workflow, run_repository, run_url, on_behalf_of, connection'

export function whoSql({ index }: SimulatedDay): string {
  const repository = oneOf(repositories, 'w')
  const workflow = `concat(${oneOf(workflows, 'w')}, '-', toString(w))`
  const subject = `multiIf(who = 'ci_job', concat('repo:', ${repository}, ':', ${workflow}), who = 'agent', concat('agent-', toString(w % 12)),
    who = 'human', ${oneOf(people, 'w')}, concat('service-', toString(w % 4)))`
  const isRun = `who IN ('ci_job', 'agent')`
  const run = `concat('${index}', leftPad(toString(w), 2, '0'), leftPad(toString(intDiv(start_second, 3600)), 2, '0'))`
  return `concat('simulated#', ${subject}), who, 'simulated', ${subject},
    if(${isRun}, if(who = 'agent', 'agents', 'github'), ''), if(${isRun}, ${run}, ''), if(${isRun}, '1', ''),
    if(${isRun}, ${workflow}, ''), if(who = 'ci_job', ${repository}, ''),
    if(${isRun}, concat('https://simulated.invalid/', ${repository}, '/runs/', ${run}), ''),
    if(who = 'agent', [concat('simulated#', ${oneOf(people, 'w')})], CAST([], 'Array(String)')), ${oneOf(connections, 'w')}`
}
