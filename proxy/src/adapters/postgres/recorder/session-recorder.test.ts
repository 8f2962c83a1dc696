import { Fingerprinter, fingerprintBytes } from '@gatetrail/detect'
import type { ChunkBuilder, RecordKind } from '@gatetrail/schemas'
import { expect, it } from 'vitest'
import type { RecordSink, SessionClock } from './record-sink.ts'
import { SessionRecorder } from './session-recorder.ts'
import { createTouchQueue } from './touch-queue.ts'

type Appended = { kind: RecordKind; body: Record<string, unknown> }

function recorder() {
  const appended: Appended[] = []
  const clock: SessionClock = { id: 'session', startedAtMicros: 0, offsetMicros: () => 1 }
  const sink: RecordSink<SessionClock> = {
    append(kind, _stamp, body: string | ChunkBuilder) {
      appended.push({ kind, body: typeof body === 'string' ? JSON.parse(body) : {} })
      return appended.length - 1
    },
    afterWrite: () => undefined,
    pauseMs: () => 0,
  }
  const queue = createTouchQueue(new Fingerprinter(new Uint8Array(32)), 'k1')
  const of = new SessionRecorder(sink, clock, 'orders', 'test', undefined, queue)
  const answer = (values: number) => {
    const run = of.decided('{}')
    for (let value = 0; value < values; value++) {
      const bytes = Buffer.from(`jo.${value}@example.org`)
      run.touches.add('public.t.mail', 'EMAIL', 'masked', 'certain', 1, bytes, 0, bytes.length)
    }
    of.finish(run)
    of.seal()
  }
  const kinds = () => appended.map(({ kind }) => kind.slice('gatetrail.'.length))
  return { of, appended, answer, kinds }
}

const made = (touch: unknown) =>
  Buffer.from((touch as { fingerprints: string }).fingerprints, 'base64url').length /
  fingerprintBytes

it('few fingerprints are on record with their touches', () => {
  const { appended, answer, kinds } = recorder()
  answer(3)
  expect(kinds()).toEqual(['statement.decided', 'statement.completed', 'pii.touched'])
  const touched = appended[2]!.body as { touches: unknown[]; fingerprintsFollow?: true }
  expect(touched.fingerprintsFollow).toBeUndefined()
  expect(made(touched.touches[0])).toBe(3)
})

it('touches of many values are on record before the answer, their fingerprints soon after', async () => {
  const { appended, answer, kinds } = recorder()
  answer(1_000)
  answer(1)
  expect(kinds()).toEqual([
    ...['statement.decided', 'statement.completed', 'pii.touched'],
    ...['statement.decided', 'statement.completed', 'pii.touched'],
  ])
  expect(appended[2]!.body).toMatchObject({
    fingerprintKey: 'k1',
    fingerprintsFollow: true,
    touches: [{ count: 1_000 }],
  })
  for (let turns = 0; appended.length < 7; turns++) {
    expect(turns).toBeLessThan(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(kinds()[6]).toBe('pii.fingerprinted')
  const { touched, touches } = appended[6]!.body as { touched: number; touches: unknown[] }
  expect([touched, touches.map(made)]).toEqual([2, [1_000]])
})

it('a session does not end before its fingerprints are on record', () => {
  const { of, answer, kinds } = recorder()
  for (let statements = 0; statements < 30; statements++) answer(100)
  of.closed('{}')
  const all = kinds()
  expect(all.filter((kind) => kind === 'pii.fingerprinted')).toHaveLength(30)
  expect(all.at(-1)).toBe('session.closed')
})
