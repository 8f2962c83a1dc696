/**
 * Every metric that a role of Gatetrail exposes, in one place: docs/metrics.md is generated from it, eventlog/src/observe makes
 * them, alarm rules and dashboards may name no other. Units stand in the names. Labels are closed lists, configured names or
 * numbers of partitions: never a session, a principal or a text of a caller.
 */

export const metricLabels = {
  action: '`connect`, `execute`',
  connection: 'name of a configured connection',
  direction: '`from_client`, `to_client`',
  entity: 'data class such as `US_SSN`; the first 200 of a process, others are `OTHER`',
  method: 'of the HTTP request',
  outcome: 'how it ended; a closed list per metric',
  partition: 'number of a partition of the records topic',
  quantile: '`0.5`, `0.99`, `0.999`, `1`',
  reason: 'a closed list per metric',
  route: 'pattern of an API route, such as `/api/sessions/:session`',
  status: 'HTTP status',
  verdict: '`allow`, `deny`, `hold`',
  version: 'of Gatetrail',
} as const
export type MetricLabel = keyof typeof metricLabels

export const metricRoles = ['proxy', 'shipper', 'ingest', 'replay'] as const
export type MetricRole = (typeof metricRoles)[number]
const every = metricRoles

type MetricDefinition = {
  type: 'counter' | 'gauge' | 'histogram'
  help: string
  labels: readonly MetricLabel[]
  /** Whose: `audit` is ingest and replay in one process. */
  roles: readonly MetricRole[]
  /** Upper bounds of a histogram, in the unit of its name. */
  buckets?: readonly number[]
}

const counter = <const Labels extends readonly MetricLabel[]>(
  roles: readonly MetricRole[],
  help: string,
  labels: Labels,
) => ({ type: 'counter', roles, help, labels }) as const
const gauge = <const Labels extends readonly MetricLabel[]>(
  roles: readonly MetricRole[],
  help: string,
  labels: Labels,
) => ({ type: 'gauge', roles, help, labels }) as const
const histogram = <const Labels extends readonly MetricLabel[]>(
  roles: readonly MetricRole[],
  help: string,
  labels: Labels,
  buckets: readonly number[],
) => ({ type: 'histogram', roles, help, labels, buckets }) as const

const proxy = ['proxy'] as const
const ingest = ['ingest'] as const
const replay = ['replay'] as const
/** With Kafka: the shipper process of the proxies, and the shippers inside ingest and replay. */
const shipping = ['shipper', 'ingest', 'replay'] as const

export const metrics = {
  // Every process.
  gatetrail_build_info: gauge(every, '1, with the version.', ['version']),
  gatetrail_event_loop_stall_seconds: gauge(
    every,
    'How late the event loop was since the last scrape.',
    ['quantile'],
  ),

  // Sessions.
  gatetrail_sessions: gauge(proxy, 'Sessions that are open.', ['connection']),
  gatetrail_sessions_opened_total: counter(proxy, 'Sessions opened.', ['connection']),
  gatetrail_sessions_closed_total: counter(proxy, 'Sessions closed, by reason.', [
    'connection',
    'reason',
  ]),
  gatetrail_session_bytes_total: counter(proxy, 'Bytes that crossed the client side.', [
    'connection',
    'direction',
  ]),
  gatetrail_connect_duration_seconds: histogram(
    proxy,
    'From accept until the caller was in, or was turned away.',
    ['outcome'],
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
  ),
  gatetrail_callers_before_authentication: gauge(
    proxy,
    'Callers that have not authenticated yet.',
    [],
  ),
  gatetrail_rejections_total: counter(proxy, 'Callers turned away, by error code.', ['reason']),
  gatetrail_cancel_requests_total: counter(proxy, 'Cancel requests, by outcome.', ['outcome']),
  gatetrail_certificate_expiry_timestamp_seconds: gauge(
    proxy,
    'When the certificate that clients see ends, seconds since 1970.',
    [],
  ),

  // Decisions and data.
  gatetrail_decisions_total: counter(proxy, 'Decisions of policy, by verdict.', [
    'action',
    'verdict',
  ]),
  gatetrail_policy_loads_total: counter(proxy, 'Policy sets read: `loaded` or `refused`.', [
    'outcome',
  ]),
  gatetrail_touched_values_total: counter(
    proxy,
    'Values of personal data, by data class and by `masked`, `revealed`, `late`, `written`, `filtered`.',
    ['entity', 'outcome'],
  ),
  gatetrail_inspected_bytes_total: counter(
    proxy,
    'Bytes that detectors or tags have looked at.',
    [],
  ),
  gatetrail_uninspected_bytes_total: counter(
    proxy,
    'Bytes that crossed without being inspected, by reason.',
    ['reason'],
  ),
  gatetrail_catalogue_unmatched_tags: gauge(
    proxy,
    'Tagged columns of the configuration that the target does not have.',
    ['connection'],
  ),

  // The journal of the process, and what all journals of the machine have not handed over.
  gatetrail_journal_accepting: gauge(every, '1 if new sessions can be recorded.', []),
  gatetrail_journal_backlog_bytes: gauge(
    every,
    'Of all journals of this machine: bytes that the brokers (embedded: the event store) do not have yet.',
    [],
  ),
  gatetrail_journal_backlog_bytes_max: gauge(
    every,
    'journal.bytesMax: from half of it on, large sessions are slowed.',
    [],
  ),
  gatetrail_journal_fullness_ratio: gauge(every, 'Backlog by its bound.', []),
  gatetrail_journal_waiting_bytes: gauge(
    every,
    'Appended and not written: more than 0 only while the disk refuses.',
    [],
  ),
  gatetrail_journal_written_bytes_total: counter(every, 'Bytes that write() took.', []),
  gatetrail_journal_write_calls_total: counter(every, 'Calls of write().', []),
  gatetrail_journal_records_total: counter(every, 'Records appended.', []),
  gatetrail_journal_open_sessions: gauge(every, 'Sessions without an end so far.', []),
  gatetrail_journal_space_low: gauge(every, '1 if the disk is nearly full.', []),
  gatetrail_journal_failed: gauge(every, '1 while the disk takes no records.', []),
  gatetrail_journal_failures_total: counter(
    every,
    'How often the disk refused a write or a sync.',
    [],
  ),

  // Journals → Kafka.
  gatetrail_ship_lag_bytes: gauge(
    shipping,
    'Bytes in the journals that the brokers have not acknowledged.',
    [],
  ),
  gatetrail_ship_lag_seconds: gauge(shipping, 'How long the oldest of them has waited.', []),
  gatetrail_ship_records_total: counter(shipping, 'Records that the brokers acknowledged.', []),
  gatetrail_ship_bytes_total: counter(shipping, 'Bytes of those records.', []),
  gatetrail_ship_batches_total: counter(shipping, 'Batches that the brokers acknowledged.', []),
  gatetrail_ship_retries_total: counter(shipping, 'Batches that had to be sent again.', []),
  gatetrail_ship_kafka_available: gauge(shipping, '1 if the last send was acknowledged.', []),

  // Log → event store.
  gatetrail_ingest_lag_bytes: gauge(
    ingest,
    'Bytes in the journals that are not stored yet; 0 with Kafka.',
    [],
  ),
  gatetrail_ingest_lag_messages: gauge(
    ingest,
    'Messages of the partitions of this process that are not stored yet; 0 without Kafka.',
    [],
  ),
  gatetrail_ingest_lag_seconds: gauge(ingest, 'How long the oldest of them has waited.', []),
  gatetrail_ingest_end_to_end_seconds: histogram(
    ingest,
    "From a statement's decision at the proxy until its row was in the event store.",
    [],
    [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400],
  ),
  gatetrail_ingest_records_total: counter(ingest, 'Records stored.', []),
  gatetrail_ingest_duplicates_total: counter(
    ingest,
    'Records that came again and were dropped.',
    [],
  ),
  gatetrail_ingest_late_records_total: counter(
    ingest,
    'Records that came after later ones of their session, which was derived anew.',
    [],
  ),
  gatetrail_ingest_missing_records_total: counter(
    ingest,
    'Records that were not there when their session went on: still to come, or in a named gap.',
    [],
  ),
  gatetrail_ingest_partitions: gauge(
    ingest,
    'Partitions of the records topic that this process has; 0 without Kafka.',
    [],
  ),
  gatetrail_ingest_checks_pending: gauge(
    ingest,
    'Heartbeats of writers whose records are not all stored yet; 0 without Kafka.',
    [],
  ),
  gatetrail_ingest_unknown_kinds_total: counter(ingest, 'Records of a newer release.', []),
  gatetrail_ingest_gaps_total: counter(
    ingest,
    'Gaps found, by reason; `chain_broken` is a broken chain.',
    ['reason'],
  ),
  gatetrail_ingest_dead_letters_total: counter(
    ingest,
    'Records that could not be shaped or stored, by reason.',
    ['reason'],
  ),
  gatetrail_ingest_writers_missed_total: counter(
    ingest,
    'Writers whose heartbeats stayed away: a proxy or its machine is lost.',
    [],
  ),
  gatetrail_ingest_last_insert_timestamp_seconds: gauge(
    ingest,
    'When rows were stored last, seconds since 1970; 0: not yet.',
    [],
  ),
  gatetrail_ingest_store_available: gauge(ingest, '1 if the event store answers.', []),

  // Control log.
  gatetrail_control_contact_age_seconds: gauge(
    proxy,
    'Since the control log was last read with success.',
    [],
  ),
  gatetrail_control_objects: gauge(proxy, 'Objects in force.', []),
  gatetrail_control_refused_total: counter(
    proxy,
    'Objects refused: not signed by a trusted key, too old, or invalid.',
    [],
  ),
  gatetrail_control_lease_expired: gauge(
    proxy,
    '1 if new sessions are refused for want of the control log.',
    [],
  ),
  gatetrail_sessions_revoked_total: counter(proxy, 'Sessions ended by a revocation.', []),

  // Questions.
  gatetrail_api_requests_total: counter(replay, 'Requests to the API.', [
    'method',
    'route',
    'status',
  ]),
  gatetrail_api_request_duration_seconds: histogram(
    replay,
    'Until the answer was sent.',
    ['route'],
    [0.005, 0.025, 0.1, 0.3, 1, 3, 10, 30, 120],
  ),
  gatetrail_question_duration_seconds: histogram(
    replay,
    'Queries to the event store: `answered` or `failed`.',
    ['outcome'],
    [0.005, 0.025, 0.1, 0.3, 1, 3, 10, 30],
  ),
} as const satisfies Record<string, MetricDefinition>

export type MetricName = keyof typeof metrics
type NamesOf<Type extends MetricDefinition['type']> = {
  [Name in MetricName]: (typeof metrics)[Name]['type'] extends Type ? Name : never
}[MetricName]
export type CounterName = NamesOf<'counter'>
export type GaugeName = NamesOf<'gauge'>
export type HistogramName = NamesOf<'histogram'>
/** The labels of a metric, as a union of their names. */
export type LabelsOf<Name extends MetricName> = (typeof metrics)[Name]['labels'][number]

/** Those of Node and of the process, as prom-client makes and describes them, begin with one of these. */
export const processMetricPrefixes = ['gatetrail_process_', 'gatetrail_nodejs_'] as const
