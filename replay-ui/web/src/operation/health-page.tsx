/** How each part does, and what to do where one does not. */
import { useQuery } from '@tanstack/react-query'
import type { Finding, Health, Writer } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { Notice } from '../design/notice.tsx'
import { Recorded } from '../design/recorded.tsx'
import { bytes, count, counted, share } from '../text/numbers.ts'
import { sentence } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { Asked } from './asked.tsx'
import { DataTable, type Column } from './data-table.tsx'
import { Nothing, OperationFrame } from './operation-frame.tsx'
import { health } from './questions.ts'

const watchMs = 10_000

export function HealthPage() {
  // It shows nothing of the trail: asking again puts nothing on record.
  const query = useQuery({ ...health, refetchInterval: watchMs })
  return (
    <OperationFrame
      title="Health"
      about="Each part as the web app's process knows it, asked every 10 s. What it cannot know, it says."
      refresh={{ busy: query.isFetching, ask: () => void query.refetch() }}
    >
      <Asked query={query} what="The health of the platform" lines={8}>
        {(data) => (
          <>
            <Findings findings={data.findings} />
            <section aria-labelledby="writers">
              <h2 id="writers">Processes that write</h2>
              {data.writers.length === 0 ? (
                <Nothing>
                  None is known: the event store does not answer, or nothing was stored in the last
                  day.
                </Nothing>
              ) : (
                <DataTable
                  caption="Processes that write"
                  columns={writerColumns}
                  rows={data.writers}
                  keyOf={({ writer }) => writer}
                />
              )}
            </section>
            <Parts data={data} />
            <Store store={data.store} />
            {data.gaps.newest.length > 0 && (
              <section aria-labelledby="gaps">
                <h2 id="gaps">Gaps, the newest</h2>
                <DataTable
                  caption="Gaps"
                  rows={data.gaps.newest}
                  keyOf={({ time, writer, fromPosition }) => `${time} ${writer} ${fromPosition}`}
                  columns={[
                    { name: 'Found', cell: ({ time }) => <Moment iso={time} date /> },
                    { name: 'Writer', wide: true, cell: ({ writer }) => <code>{writer}</code> },
                    {
                      name: 'Positions',
                      right: true,
                      cell: ({ fromPosition, toPosition }) =>
                        `${count(fromPosition)} to ${toPosition < 0 ? 'unknown' : count(toPosition)}`,
                    },
                    { name: 'Reason', cell: ({ reason }) => <code>{reason}</code> },
                  ]}
                />
              </section>
            )}
          </>
        )}
      </Asked>
    </OperationFrame>
  )
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0)
    return (
      <Notice tone="good" icon="check" title="Everything that is known here is as it should be">
        <p>Processes write, the store keeps up, nothing is missing.</p>
      </Notice>
    )
  return findings.map(({ part, level, what, todo }) => (
    <Notice
      key={`${part} ${what}`}
      tone={level}
      icon={level === 'danger' ? 'stop' : 'warning'}
      title={<Recorded text={sentence(what)} />}
    >
      <p>
        <Recorded text={todo} />
      </p>
    </Notice>
  ))
}

const states: Readonly<Record<Writer['state'], { name: string; tone: string }>> = {
  running: { name: 'running', tone: 'badge badge-good' },
  silent: { name: 'silent', tone: 'badge badge-danger' },
  stopped: { name: 'stopped in order', tone: 'badge' },
  died: { name: 'died', tone: 'badge badge-warning' },
}

const writerColumns: readonly Column<Writer>[] = [
  {
    name: 'Process',
    cell: ({ role, instance, writer }) => (
      <>
        <strong>{role ?? 'unknown role'}</strong> <Recorded text={instance ?? `writer ${writer}`} />
      </>
    ),
  },
  {
    name: 'State',
    cell: ({ state }) => <span className={states[state].tone}>{states[state].name}</span>,
  },
  { name: 'Machine', cell: ({ host }) => (host === null ? '–' : <Recorded text={host} />) },
  { name: 'Release', cell: ({ version }) => version ?? 'not known' },
  {
    name: 'Started',
    cell: ({ started }) => (started === null ? 'not known' : <Moment iso={started} date />),
  },
  { name: 'Last record', cell: ({ last }) => (last === null ? '–' : <Moment iso={last} date />) },
]

function Parts({ data }: { data: Health }) {
  const { ingest, deadLetters, journal, control } = data
  const notHere = <span className="soft">not known here: it is in another process</span>
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">On the way into the store</h2>
      <dl className="pairs">
        <dt>Behind by</dt>
        <dd>
          {ingest.lagMs === null ? (
            notHere
          ) : ingest.lagMs === 0 ? (
            'nothing: all that is on record is stored'
          ) : (
            <>
              {duration(Math.round(ingest.lagMs) * 1_000)}
              {ingest.lagBytes !== null && ingest.lagBytes > 0 && `, ${bytes(ingest.lagBytes)}`}
              {ingest.lagMessages !== null &&
                ingest.lagMessages > 0 &&
                `, ${count(ingest.lagMessages)} messages`}
            </>
          )}
        </dd>
        <dt>Newest record stored</dt>
        <dd>
          {ingest.lastStored === null ? (
            'none in the last day'
          ) : (
            <Moment iso={ingest.lastStored} date />
          )}
        </dd>
        <dt>Set aside</dt>
        <dd>
          {deadLetters.length === 0
            ? 'nothing'
            : deadLetters.map(({ reason, open }) => `${count(open)} ${reason}`).join(', ')}
        </dd>
        <dt>Journal of this process</dt>
        <dd>
          {journal === null ? (
            <span className="soft">not known here</span>
          ) : (
            `${bytes(journal.backlogBytes)} wait, of ${bytes(journal.bytesMax)} (${share(journal.backlogBytes, journal.bytesMax)})`
          )}
        </dd>
        <dt>Control log</dt>
        <dd>
          {control.contactAgeMs === null
            ? 'not read yet'
            : `read ${duration(Math.round(control.contactAgeMs) * 1_000)} ago, ${counted(control.objects, 'object')} in force`}
        </dd>
      </dl>
    </section>
  )
}

function Store({ store }: { store: Health['store'] }) {
  if (store === null) return null
  const { tables, disks, version } = store
  return (
    <section aria-labelledby="store">
      <h2 id="store">Event store</h2>
      <dl className="pairs">
        <dt>Release</dt>
        <dd>{version}</dd>
        {(disks ?? []).map(({ name, freeBytes, totalBytes }) => (
          <DiskPair key={name} name={name} freeBytes={freeBytes} totalBytes={totalBytes} />
        ))}
        {disks === null && (
          <>
            <dt>Disk</dt>
            <dd className="soft">not told to the user that the web app reads with</dd>
          </>
        )}
      </dl>
      {tables === null ? (
        <Nothing>Sizes of tables are not told to the user that the web app reads with.</Nothing>
      ) : (
        <DataTable
          caption="Tables of the event store"
          rows={tables}
          keyOf={({ table }) => table}
          columns={[
            { name: 'Table', cell: ({ table }) => <code>{table}</code> },
            { name: 'Rows', right: true, cell: ({ rows }) => count(rows) },
            { name: 'On disk', right: true, cell: (table) => bytes(table.bytes) },
          ]}
        />
      )}
    </section>
  )
}

type DiskPairProps = { name: string; freeBytes: number; totalBytes: number }

function DiskPair({ name, freeBytes, totalBytes }: DiskPairProps) {
  return (
    <>
      <dt>Disk {name}</dt>
      <dd>
        {bytes(freeBytes)} free of {bytes(totalBytes)} ({share(freeBytes, totalBytes)})
      </dd>
    </>
  )
}
