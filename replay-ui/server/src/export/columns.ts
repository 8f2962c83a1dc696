/** Columns of the exports, in order (docs/exports.md). The JSON of a row is that of the API; here it is flat. Pure. */
import type {
  Run,
  Session,
  StatementAnswer,
  TouchGroup,
  TouchKey,
  TouchRow,
} from '@gatetrail/replay-api'
import type { PiiRow } from '../store/pii-rows-question.ts'
import type { Cell } from './csv.ts'

export type Column<Row> = { name: string; of(row: Row): Cell }

const column = <Row>(name: string, of: (row: Row) => Cell): Column<Row> => ({ name, of })
/** Several names in one cell: as JSON, so that a name may hold anything. */
const list = (names: readonly string[]): Cell => (names.length === 0 ? '' : JSON.stringify(names))

type Who = {
  run: Run | null
  principal: { id: string; kind: string } | null
  onBehalfOf: readonly string[]
}

function whoColumns<Row>(who: (row: Row) => Who): Column<Row>[] {
  return [
    column('run_provider', (row) => who(row).run?.provider ?? null),
    column('run_id', (row) => who(row).run?.id ?? null),
    column('run_attempt', (row) => who(row).run?.attempt ?? null),
    column('run_workflow', (row) => who(row).run?.workflow ?? null),
    column('run_repository', (row) => who(row).run?.repository ?? null),
    column('run_url', (row) => who(row).run?.url ?? null),
    column('principal', (row) => who(row).principal?.id ?? null),
    column('principal_kind', (row) => who(row).principal?.kind ?? null),
    column('on_behalf_of', (row) => list(who(row).onBehalfOf)),
  ]
}

export const piiColumns: readonly Column<PiiRow>[] = [
  ...whoColumns<PiiRow>((row) => row),
  column('session', ({ session }) => session),
  column('connections', ({ connections }) => list(connections)),
  column('place', ({ place }) => place),
  column('entity', ({ entity }) => entity),
  column('outcome', ({ outcome }) => outcome),
  column('level', ({ level }) => level),
  column('retrospective', ({ retrospective }) => retrospective),
  column('values', ({ values }) => values),
  column('sessions', ({ sessions }) => sessions),
  column('statements', ({ statements }) => statements),
  column('first_time', ({ firstTime }) => firstTime),
  column('last_time', ({ lastTime }) => lastTime),
]

/** A member of the key, where the group has it. */
const ofKey =
  (name: string) =>
  (row: TouchRow): Cell => {
    const value = new Map<string, unknown>(Object.entries(row.key)).get(name)
    return typeof value === 'string' ? value : null
  }

const whoOfKey = ({ key }: TouchRow): Who => ({
  run: 'run' in key ? key.run : null,
  principal: 'principal' in key ? key.principal : null,
  onBehalfOf: 'onBehalfOf' in key ? key.onBehalfOf : [],
})

const keyColumns: Record<TouchGroup, readonly Column<TouchRow>[]> = {
  run: [...whoColumns(whoOfKey), column('session', ofKey('session'))],
  session: [
    ...whoColumns(whoOfKey),
    column('session', ofKey('session')),
    column('connection', ofKey('connection')),
  ],
  principal: whoColumns(whoOfKey).filter(({ name }) => name.startsWith('principal')),
  workflow: ['provider', 'repository', 'workflow'].map((name) =>
    column(`run_${name}`, ofKey(name)),
  ),
  place: [column('place', ofKey('place'))],
  entity: [column('entity', ofKey('entity'))],
  connection: [column('connection', ofKey('connection'))],
  policy: [column('policy', ofKey('policy'))],
  day: [column('day', ofKey('day'))],
} satisfies Record<TouchKey['by'], unknown>

export function touchColumns(by: TouchGroup): readonly Column<TouchRow>[] {
  return [
    ...keyColumns[by],
    column('values', ({ values }) => values),
    column('masked', ({ masked }) => masked),
    column('revealed', ({ revealed }) => revealed),
    column('late', ({ late }) => late),
    column('written', ({ written }) => written),
    column('filtered', ({ filtered }) => filtered),
    column('sessions', ({ sessions }) => sessions),
    column('runs', ({ runs }) => runs),
    column('principals', ({ principals }) => principals),
    column('statements', ({ statements }) => statements),
    column('places', ({ places }) => places),
    column('entities', ({ entities }) => list(entities)),
    column('connections', ({ connections }) => list(connections)),
    column('first_time', ({ firstTime }) => firstTime),
    column('last_time', ({ lastTime }) => lastTime),
  ]
}

export const sessionColumns: readonly Column<Session>[] = [
  column('session', ({ session }) => session),
  column('state', ({ state }) => state),
  column('time', ({ time }) => time),
  column('ended', ({ ended }) => ended),
  column('last_time', ({ lastTime }) => lastTime),
  ...whoColumns<Session>((row) => row),
  column('groups', ({ principal }) => list(principal.groups)),
  column('connection', ({ connection }) => connection),
  column('protocol', ({ protocol }) => protocol),
  column('client_address', ({ clientAddress }) => clientAddress),
  column('client_tls', ({ clientTls }) => clientTls),
  column('requested_user', ({ requestedUser }) => requestedUser),
  column('application_name', ({ applicationName }) => applicationName),
  column('policies', ({ policies }) => list(policies)),
  column('target_user', ({ targetUser }) => targetUser),
  column('target_address', ({ targetAddress }) => targetAddress),
  column('reason', ({ reason }) => reason),
  column('error', ({ error }) => error),
  column('message', ({ message }) => message),
  column('duration_micros', ({ durationMicros }) => durationMicros),
  column('statements', ({ statements }) => statements),
  column('denied', ({ denied }) => denied),
  column('rows', ({ rows }) => rows),
  column('bytes_from_client', ({ bytesFromClient }) => bytesFromClient),
  column('bytes_to_client', ({ bytesToClient }) => bytesToClient),
  column('inspected_bytes', ({ inspectedBytes }) => inspectedBytes),
  column('uninspected_bytes', ({ uninspectedBytes }) => uninspectedBytes),
  column('uninspected', ({ uninspected }) => JSON.stringify(uninspected)),
  column('touched_values', ({ touchedValues }) => touchedValues),
  column('entities', ({ entities }) => list(entities)),
]

export const statementColumns: readonly Column<StatementAnswer>[] = [
  column('session', ({ session }) => session),
  column('seq', ({ seq }) => seq),
  column('time', ({ time }) => time),
  ...whoColumns<StatementAnswer>((row) => row),
  column('connection', ({ connection }) => connection),
  column('statement', ({ statement }) => statement),
  column('verdict', ({ verdict }) => verdict),
  column('policies', ({ policies }) => list(policies)),
  column('code', ({ code }) => code),
  column('reason', ({ reason }) => reason),
  column('rows', ({ rows }) => rows),
  column('bytes', ({ bytes }) => bytes),
  column('duration_micros', ({ durationMicros }) => durationMicros),
  column('error_sqlstate', ({ error }) => error?.sqlstate ?? null),
  column('error_message', ({ error }) => error?.message ?? null),
  column('touches', ({ touches }) => (touches.length === 0 ? '' : JSON.stringify(touches))),
]
