/** Revocations and legal holds: what is in force, what was, and for an admin the way to lift or place one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { describeTarget } from '@gatetrail/schemas'
import { controlApi, type Hold, type Revocation } from '@gatetrail/replay-api'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { Moment } from '../design/moment.tsx'
import { Recorded } from '../design/recorded.tsx'
import { Asked } from './asked.tsx'
import { DataTable, type Column } from './data-table.tsx'
import { Nothing, OperationFrame, usePermissions } from './operation-frame.tsx'
import { PlaceHold } from './place-hold.tsx'
import { holds, revocations } from './questions.ts'
import { StopDialog } from './stop-dialog.tsx'

export function InForcePage() {
  const ofRevocations = useQuery(revocations)
  const ofHolds = useQuery(holds)
  return (
    <OperationFrame
      title="In force"
      about="Who is refused at every proxy, and what does not expire. Each was put on record before it took effect."
      refresh={{
        busy: ofRevocations.isFetching || ofHolds.isFetching,
        ask: () => void Promise.all([ofRevocations.refetch(), ofHolds.refetch()]),
      }}
    >
      <section aria-labelledby="revocations">
        <h2 id="revocations">Revocations</h2>
        <Asked query={ofRevocations} what="The revocations" lines={3}>
          {(data) => <Revocations rows={data.revocations} />}
        </Asked>
      </section>
      <section aria-labelledby="holds">
        <div className="section-head">
          <h2 id="holds">Legal holds</h2>
          <PlaceHold />
        </div>
        <Asked query={ofHolds} what="The legal holds" lines={3}>
          {(data) => <Holds rows={data.holds} />}
        </Asked>
      </section>
    </OperationFrame>
  )
}

const states: Readonly<Record<Revocation['state'], { name: string; tone: string }>> = {
  in_force: { name: 'in force', tone: 'badge badge-danger' },
  done: { name: 'ended sessions', tone: 'badge' },
  over: { name: 'its time is up', tone: 'badge' },
  lifted: { name: 'lifted', tone: 'badge' },
}

function Revocations({ rows }: { rows: readonly Revocation[] }) {
  const mayLift = usePermissions().includes('revoke')
  const columns: Column<Revocation>[] = [
    { name: 'About', cell: ({ target }) => <Target target={target} /> },
    {
      name: 'State',
      cell: ({ state }) => <span className={states[state].tone}>{states[state].name}</span>,
    },
    { name: 'Reason', wide: true, cell: ({ reason }) => <Recorded text={reason} /> },
    { name: 'By', cell: ({ by }) => <Recorded text={by} /> },
    { name: 'When', cell: ({ time }) => <Moment iso={time} date /> },
    { name: 'Until', cell: ({ until }) => (until === null ? '–' : <Moment iso={until} date />) },
  ]
  const lift: Column<Revocation> = {
    name: 'Action',
    cell: (row) => (row.state === 'in_force' ? <LiftRevocation revocation={row} /> : '–'),
  }
  if (rows.length === 0)
    return <Nothing>Nobody is revoked. Sessions are ended on the page Now.</Nothing>
  return (
    <DataTable
      caption="Revocations"
      columns={mayLift ? [...columns, lift] : columns}
      rows={rows}
      keyOf={({ id }) => id}
    />
  )
}

function Target({ target }: { target: Revocation['target'] }) {
  if (target.type === 'session') {
    const { session } = target
    return (
      <>
        session{' '}
        <Link to="/sessions/$session" params={{ session }} search={({ tz }) => ({ tz })}>
          <code>{session}</code>
        </Link>
      </>
    )
  }
  return <Recorded text={describeTarget(target)} />
}

function LiftRevocation({ revocation }: { revocation: Revocation }) {
  const questions = useQueryClient()
  const [open, setOpen] = useState(false)
  const lift = useMutation({
    mutationFn: (reason: string) =>
      api.ask(controlApi.liftRevocation, {
        params: { id: revocation.id.replace('revocation/', '') },
        body: { reason },
      }),
    onSuccess: async () => {
      await questions.invalidateQueries({ queryKey: revocations.queryKey })
      setOpen(false)
    },
  })
  return (
    <StopDialog
      {...{ open, setOpen }}
      title="Lift this revocation"
      description={
        <>
          <Target target={revocation.target} /> is let in again.
        </>
      }
      trigger="Lift…"
      submit="Lift"
      charactersMax={500}
      act={lift}
    />
  )
}

function Holds({ rows }: { rows: readonly Hold[] }) {
  const mayLift = usePermissions().includes('hold')
  const columns: Column<Hold>[] = [
    { name: 'Keeps', cell: (hold) => <Held hold={hold} /> },
    {
      name: 'State',
      cell: ({ lifted }) =>
        lifted === null ? (
          <span className="badge badge-warning">in force</span>
        ) : (
          <span className="badge">lifted</span>
        ),
    },
    { name: 'Reason', wide: true, cell: ({ reason }) => <Recorded text={reason} /> },
    { name: 'By', cell: ({ by }) => <Recorded text={by} /> },
    { name: 'Placed', cell: ({ placed }) => <Moment iso={placed} date /> },
    {
      name: 'Lifted',
      cell: ({ lifted }) => (lifted === null ? '–' : <Moment iso={lifted} date />),
    },
  ]
  const lift: Column<Hold> = {
    name: 'Action',
    cell: (hold) => (hold.lifted === null ? <LiftHold hold={hold} /> : '–'),
  }
  if (rows.length === 0)
    return <Nothing>No legal hold. Records expire after the days that are configured.</Nothing>
  return (
    <DataTable
      caption="Legal holds"
      columns={mayLift ? [...columns, lift] : columns}
      rows={rows}
      keyOf={({ hold }) => hold}
    />
  )
}

/** Everything that it names must hold of a session. */
function Held({ hold }: { hold: Hold }) {
  const { session, principal, run, from, to } = hold
  return (
    <>
      Sessions
      {session !== null && (
        <>
          {' '}
          of id <code>{session}</code>
        </>
      )}
      {principal !== null && (
        <>
          {' '}
          of <Recorded text={principal} />
        </>
      )}
      {run !== null && (
        <>
          {' '}
          of run <Recorded text={run.provider === null ? run.id : `${run.provider}:${run.id}`} />
        </>
      )}
      {from !== null && (
        <>
          {' '}
          from <Moment iso={from} date />
        </>
      )}
      {to !== null && (
        <>
          {' '}
          before <Moment iso={to} date />
        </>
      )}
    </>
  )
}

function LiftHold({ hold }: { hold: Hold }) {
  const questions = useQueryClient()
  const [open, setOpen] = useState(false)
  const lift = useMutation({
    mutationFn: (reason: string) =>
      api.ask(controlApi.liftHold, { params: { hold: hold.hold }, body: { reason } }),
    onSuccess: ({ hold: lifted }) => {
      setOpen(false)
      // The store has it in a second; what was answered is known now.
      questions.setQueryData(holds.queryKey, (known) =>
        known === undefined
          ? known
          : { holds: known.holds.map((one) => (one.hold === lifted.hold ? lifted : one)) },
      )
    },
  })
  return (
    <StopDialog
      {...{ open, setOpen }}
      title="Lift this hold"
      description="The rows expire again after the days that are configured, unless another hold names them."
      trigger="Lift…"
      submit="Lift"
      charactersMax={1_000}
      act={lift}
    />
  )
}
