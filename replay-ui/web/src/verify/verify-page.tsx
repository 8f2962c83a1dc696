/** `gatetrail verify` of a session: everything derived anew from bytes, and what that says, in plain words. */
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { VerifyFailure, VerifySummary } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count, counted } from '../text/numbers.ts'
import { NotFound } from '../shell/failed.tsx'
import { sentence } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { failureMeaning, placeWord } from './words.ts'
import { useVerification, type Read } from './use-verification.ts'
import './verify.css'

const sessionId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function VerifyPage() {
  const { session } = useParams({ from: '/sessions/$session/verify' })
  // It stands in a command that people copy: nothing but an id may.
  return sessionId.test(session) ? <Verify key={session} session={session} /> : <NotFound />
}

function Verify({ session }: { session: string }) {
  const { verification, start } = useVerification(session)
  const { state } = verification
  useEffect(() => {
    document.title = 'Verification of a session · Gatetrail'
  }, [])
  return (
    <main className="page">
      <h1>
        Is the record of this session whole and unchanged?
        <span className="question-asked">
          Session{' '}
          <Link to="/sessions/$session" params={{ session }}>
            <code>{session}</code>
          </Link>
        </span>
      </h1>
      <p className="verify-what">
        Every record is read again from the journal and from the store. Hashes are computed anew
        from the bytes, chained, and compared with the heads that the proxies signed; both copies
        are compared with each other, and the tables that answer questions with the records they
        come from. It reads all that the process wrote which has recorded the session, as its
        records stand in one chain with others, so it may take a while; and it is on record that you
        asked for it. The same on the command line: <code>gatetrail verify {session}</code>
      </p>
      <div>
        <button
          type="button"
          className="button button-primary"
          disabled={state === 'running'}
          onClick={() => void start()}
        >
          <Icon name={state === 'not_begun' ? 'check' : 'refresh'} />
          {state === 'running' ? 'Verifying…' : state === 'not_begun' ? 'Verify' : 'Verify again'}
        </button>
      </div>
      <div aria-live="polite" className="verify-result">
        {verification.state === 'running' && (
          <Running startedMs={verification.startedMs} read={verification.read} />
        )}
        {verification.state === 'broken' && (
          <Failure error={verification.error} what="The verification" done="finished" />
        )}
        {verification.state === 'done' && (
          <Result summary={verification.summary} endedMs={verification.endedMs} />
        )}
      </div>
      {(verification.state === 'running' || verification.state === 'done') && (
        <Failures failures={verification.failures} />
      )}
    </main>
  )
}

function Running({ startedMs, read }: { startedMs: number; read: Read | undefined }) {
  const [nowMs, setNowMs] = useState(startedMs)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.floor((nowMs - startedMs) / 1_000)
  return (
    <div className="verify-running">
      <progress
        aria-label="The verification goes on"
        {...(read && { value: read.records, max: read.total })}
      />
      <span className="soft numeric" aria-hidden="true">
        {read && `${count(read.records)} of ${counted(read.total, 'reading')}, `}
        {duration(seconds * 1_000_000)}
      </span>
    </div>
  )
}

function Result({ summary, endedMs }: { summary: VerifySummary; endedMs: number }) {
  const { state, failures, expired, redacted, unsignedRecords } = summary
  const { journalRecords, storeRecords, writers } = summary
  const titles = {
    intact: 'Whole and unchanged',
    intact_content_expired: 'Unchanged; some content has expired',
    failed: `${counted(failures, 'failure')} found`,
  }
  return (
    <Notice
      tone={state === 'failed' ? 'danger' : 'good'}
      icon={state === 'failed' ? 'warning' : 'check'}
      title={titles[state]}
    >
      <p>
        {state === 'failed'
          ? 'The record is not what was written: see each failure below, and keep a copy of journal and store before anything else is done.'
          : 'Every hash fits, nothing is missing, and both copies say the same.'}
      </p>
      <p>
        Read: {counted(journalRecords, 'record')} of the journal and {count(storeRecords)} of the
        store, of {counted(writers, 'process', 'processes')}.{' '}
        {expired > 0 &&
          `The content of ${counted(expired, 'record')} has expired as configured; the hashes are there. `}
        {redacted > 0 && `Masked later, as signed records say: ${counted(redacted, 'record')}. `}
        {unsignedRecords > 0 &&
          `Newer than the last signature, which comes every few seconds: ${counted(unsignedRecords, 'record')}.`}
      </p>
      <p className="soft">
        Verified at <Moment iso={new Date(endedMs).toISOString()} date />. It shows edits of the
        store and the journal, not what somebody who rules the proxy&#39;s own host did before
        records left it.
      </p>
    </Notice>
  )
}

function Failures({ failures }: { failures: readonly VerifyFailure[] }) {
  if (failures.length === 0) return null
  return (
    <ol className="verify-failures" aria-label="Failures">
      {failures.map((failure, index) => {
        const { kind, where, reason, writer, position, toPosition, session, seq } = failure
        return (
          <li key={index}>
            <p>
              <strong>{failureMeaning(kind)}</strong>
            </p>
            <p>
              <Recorded text={sentence(reason)} />
            </p>
            <p className="soft">
              <code>{kind}</code> {placeWord(where)}
              {writer !== undefined && (
                <>
                  , writer <code>{writer}</code>
                </>
              )}
              {position !== undefined && `, position ${count(position)}`}
              {toPosition !== undefined && ` to ${count(toPosition)}`}
              {session !== undefined && (
                <>
                  ,{' '}
                  <Link to="/sessions/$session" params={{ session }} search={{ at: seq }}>
                    session <code>{session}</code>
                  </Link>
                </>
              )}
              {seq !== undefined && `, record ${count(seq)}`}
            </p>
          </li>
        )
      })}
    </ol>
  )
}
