/** The rows of a slice, table by table, as INSERT … SELECT: the engine makes and stores them without leaving itself. Pure. */
import { chunkKind, kindCodeOf, type RecordKind } from '@gatetrail/schemas'
import { literals } from '../store/store.ts'
import { sessionsSql, statementSql, whoColumns, whoSql, type Slice } from './session-plan.ts'
import { simulatedPolicySet, simulatedTenant } from './simulated-year.ts'

/**
 * One block per table, so that a slice is there or not. Records last, as ingest does: a record that can be seen has all of
 * its rows, and how many there are tells where to go on.
 */
export function insertsOf(slice: Slice): string[] {
  return [statements(slice), touches(slice), sessions(slice), records(slice)].map(
    (insert) => `${insert}
    SETTINGS max_threads = 1, max_insert_threads = 1, optimize_on_insert = 0, throw_on_max_partitions_per_insert_block = 0,
      min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 10000000000, max_block_size = 65536`,
  )
}

const at = (micros: string) => `fromUnixTimestamp64Micro(toInt64(${micros}), 'UTC')`
const ofStatement = '5000 + j * step_micros'

function statements(slice: Slice): string {
  const of = statementSql('hs', slice.day)
  const touched = `arrayMap(o -> (${of.place('o')}, ${of.entity('o')}, ${of.outcome('o')}, ${of.count('o')}), range(${of.touchesEach}))`
  return `INSERT INTO statements_rows (tenant, session, seq, writer, time, offset_micros, ${whoColumns}, description, text, text_bytes, path,
      verdict, policies, policy_set, code, reason, kinds, effects, reads, complete, completed, rows, bytes, duration_micros, command,
      error_sqlstate, error_message, touches, touched_values, entities, stored, row_version)
    SELECT '${simulatedTenant}', session, 3 + 4 * j, toUUID('${slice.day.writer}'), ${at(`start_micros + ${ofStatement}`)}, ${ofStatement},
      ${whoSql(slice.day)}, lower(hex(sipHash128(${of.template}, 'text'))), ${of.text} AS said, length(said), if(hs % 3 = 0, 'simple', 'extended'),
      if(${of.isDenied}, 'deny', 'allow'), if(${of.isDenied}, ['no-writes'], ['allow-all']), '${simulatedPolicySet}', if(${of.isDenied}, 'STATEMENT_DENIED', ''),
      if(${of.isDenied}, 'no policy allows it', ''), [if(startsWith(said, 'SELECT'), 'select', 'update')],
      [if(startsWith(said, 'SELECT'), 'read', 'write')], ['public.orders'], true, true, ${of.rows} AS answered, answered * 120,
      200 + hs % 20000 + answered * 2, if(${of.isDenied}, '', splitByChar(' ', said)[1]), if(${of.isFailed}, '40001', ''),
      if(${of.isFailed}, 'could not serialize access', ''),
      if(${of.isTouched}, concat('[', arrayStringConcat(arrayMap(t -> concat('{"place":"', t.1, '","entity":"', t.2, '","outcome":"', t.3,
        '","level":"certain","count":', toString(t.4), '}'), ${touched}), ','), ']'), '[]'),
      if(${of.isTouched}, arraySum(t -> t.4, ${touched}), 0),
      if(${of.isTouched}, arraySort(arrayDistinct(arrayMap(t -> t.2, ${touched}))), CAST([], 'Array(String)')), now(), 7 + 4 * j
    FROM (SELECT *, j, sipHash64(h, toUInt32(j)) AS hs FROM (${sessionsSql(slice)}) ARRAY JOIN range(k) AS j)`
}

function touches(slice: Slice): string {
  const of = statementSql('hs', slice.day)
  return `INSERT INTO pii_touches_rows (tenant, session, seq, ordinal, statement, time, offset_micros, ${whoColumns}, place, entity, outcome,
      level, count, ruleset, policies, policies_known, row_version)
    SELECT '${simulatedTenant}', session, 5 + 4 * j, o, 3 + 4 * j, ${at(`start_micros + ${ofStatement}`)}, ${ofStatement} + intDiv(step_micros, 2),
      ${whoSql(slice.day)}, ${of.place('o')}, ${of.entity('o')}, ${of.outcome('o')}, 'certain', ${of.count('o')}, 'simulated', ['allow-all'], true, 6 + 4 * j
    FROM (SELECT *, j, sipHash64(h, toUInt32(j)) AS hs FROM (${sessionsSql(slice)}) ARRAY JOIN range(k) AS j WHERE ${of.isTouched})
    ARRAY JOIN range(${of.touchesEach}) AS o`
}

function sessions(slice: Slice): string {
  const of = statementSql('x', slice.day)
  const touchedHashes = `arrayFilter(x -> ${of.isTouched}, hashes)`
  return `INSERT INTO sessions_rows (tenant, session, writer, state, time, ended, ${whoColumns}, groups, protocol, client_address, client_tls,
      requested_user, application_name, policy_set, policies, target_user, target_address, reason, error, message, duration_micros,
      statements, denied, rows, bytes_from_client, bytes_to_client, inspected_bytes, uninspected_bytes, uninspected, touched_values,
      entities, last_seq, last_time, stored, row_version)
    SELECT '${simulatedTenant}', session, toUUID('${slice.day.writer}'), if(is_refused, 'refused', 'closed'), ${at('start_micros')},
      ${at('start_micros + session_micros')}, ${whoSql(slice.day)}, [if(who = 'human', 'dba', 'ml-training')], 'postgres',
      concat('10.', toString(w), '.', toString(h % 250), '.', toString(i % 250)), true, 'anybody', 'gatetrail simulate', '${simulatedPolicySet}',
      ['allow-all'], 'app', 'simulated.invalid:5432', if(is_refused, '', 'client_closed'), if(is_refused, 'STATEMENT_DENIED', ''),
      if(is_refused, 'no policy allows it', ''), session_micros, k, arrayCount(x -> ${of.isDenied}, hashes), arraySum(x -> ${of.rows}, hashes) AS answered,
      k * 150, answered * 120, answered * 118, if(h % 33 = 0, answered * 2, 0) AS unseen, if(unseen > 0, map('binary_value', unseen), map()),
      arraySum(x -> arraySum(o -> ${of.count('o')}, range(${of.touchesEach})), ${touchedHashes}),
      arraySort(arrayDistinct(arrayFlatten(arrayMap(x -> arrayMap(o -> ${of.entity('o')}, range(${of.touchesEach})), ${touchedHashes})))),
      n - 1, ${at('start_micros + session_micros')}, now(), n
    FROM (SELECT *, arrayMap(j -> sipHash64(h, toUInt32(j)), range(k)) AS hashes FROM (${sessionsSql(slice)}))`
}

/** Their bytes have expired, as those of an old trail have; the hashes stand in for leaf hashes. */
function records(slice: Slice): string {
  const of = statementSql('sipHash64(h, toUInt32(intDiv(s - 3, 4)))', slice.day)
  const opening = [
    'gatetrail.session.opened',
    'gatetrail.identity.verified',
    'gatetrail.credential.issued',
  ] as const
  const refused = [
    chunkKind.name,
    chunkKind.name,
    'gatetrail.identity.verified',
    'gatetrail.session.refused',
  ] as const
  const others = [
    'gatetrail.session.closed',
    'gatetrail.statement.decided',
    'gatetrail.pii.touched',
    'gatetrail.statement.completed',
  ] as const
  const kinds: readonly RecordKind[] = [
    ...opening,
    ...others,
    chunkKind.name,
    'gatetrail.session.refused',
  ]
  const code = (kind: RecordKind) => String(kindCodeOf(kind))
  const codes = (list: readonly RecordKind[]) => `[${list.map(code).join(', ')}]`
  const [closed, decided, touched, completed] = others
  return `INSERT INTO records_rows (tenant, session, seq, writer, position, kind, kind_code, version, time, offset_micros, leaf_hash, length,
      stored, bytes, row_version)
    SELECT '${simulatedTenant}', session, s, toUUID('${slice.day.writer}'), first_position + s,
      transform(code, ${codes(kinds)}, [${literals(kinds)}], ''), code, 1, ${at('start_micros + passed')}, passed,
      toFixedString(concat(sipHash128(h, s, 1), sipHash128(h, s, 2)), 32), 150 + sipHash64(h, s) % 600, now(), '', 1
    FROM (
      SELECT *, s, toUInt16(multiIf(
          is_refused, ${codes(refused)}[s + 1],
          s < 3, ${codes(opening)}[s + 1],
          s = n - 1, ${code(closed)},
          s % 4 = 3, ${code(decided)},
          s % 4 = 0, ${code(chunkKind.name)},
          s % 4 = 2, ${code(completed)},
          ${of.isTouched}, ${code(touched)}, ${code(chunkKind.name)})) AS code,
        multiIf(s < 3, s * 1500, s = n - 1, session_micros, 5000 + intDiv(s - 3, 4) * step_micros + intDiv((s - 3) % 4 * step_micros, 4)) AS passed
      FROM (SELECT h, session, n, is_refused, first_position, start_micros, step_micros, session_micros FROM (${sessionsSql(slice)}))
      ARRAY JOIN range(n) AS s
    )`
}
