import {
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
} from '@opentelemetry/api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inSpan, linkedTrace, spanOfPast, startSpan } from './tracing.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${spanId}-01`

type Recorded = {
  name: string
  options: SpanOptions
  parent: SpanContext | undefined
  error: boolean
}

/** What an SDK does, as far as it matters here: keeps what it was told. */
function listen(): Recorded[] {
  const recorded: Recorded[] = []
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan(name: string, options: SpanOptions = {}, context?: Context): Span {
        const parent = context && trace.getSpanContext(context)
        const entry = { name, options, parent, error: false }
        recorded.push(entry)
        const id = String(recorded.length).padStart(16, '0')
        const span: Span = {
          spanContext: () => ({ traceId, spanId: id, traceFlags: 1 }),
          isRecording: () => true,
          setStatus: ({ code }) => {
            entry.error = code === SpanStatusCode.ERROR
            return span
          },
          setAttribute: () => span,
          setAttributes: () => span,
          addEvent: () => span,
          addLink: () => span,
          addLinks: () => span,
          updateName: () => span,
          recordException: () => undefined,
          end: () => undefined,
        }
        return span
      },
      startActiveSpan: () => {
        throw new Error('is not used')
      },
    }),
  })
  return recorded
}

/** Once: a tracer that was asked for before keeps to the first one. */
let recorded: Recorded[] = []

describe('spans without an SDK', () => {
  it('are not recorded, and work is done all the same', async () => {
    expect(startSpan('gatetrail.session', {}).isRecording()).toBe(false)
    expect(await inSpan('gatetrail.ship', { 'gatetrail.records': 3 }, async () => 7)).toBe(7)
  })
})

describe('spans with an SDK', () => {
  beforeAll(() => {
    recorded = listen()
  })
  beforeEach(() => {
    recorded.length = 0
  })
  afterAll(() => trace.disable())

  it('are recorded, statements within their session', () => {
    const session = startSpan('gatetrail.session', { 'gatetrail.connection': 'orders' })
    expect(session.isRecording()).toBe(true)
    const times = { startedAtMs: 1_000, endedAtMs: 1_250 }
    spanOfPast('gatetrail.statement', session, times, { 'gatetrail.rows': 2 }, true)
    expect(recorded.map(({ name }) => name)).toEqual(['gatetrail.session', 'gatetrail.statement'])
    expect(recorded[1]?.parent?.spanId).toBe(session.spanContext().spanId)
    expect(recorded[1]?.options.startTime).toBe(1_000)
    expect(recorded[1]?.error).toBe(true)
  })

  it('say that work failed, not why: errors may quote what crossed', async () => {
    const failing = inSpan('gatetrail.question', {}, () => Promise.reject(new Error('secret')))
    await expect(failing).rejects.toThrow('secret')
    expect(recorded[0]?.error).toBe(true)
    expect(JSON.stringify(recorded)).not.toContain('secret')
  })
})

describe('the trace that a client names', () => {
  it.each([
    traceparent,
    `billing ${traceparent}`,
    `billing/traceparent='${traceparent}'`,
    `${traceparent} retry 2`,
  ])('is linked where its traceparent is well formed: %s', (text) => {
    const [link] = linkedTrace(text)
    expect(link?.context).toMatchObject({ traceId, spanId, traceFlags: 1, isRemote: true })
  })

  it.each([
    undefined,
    '',
    'psql',
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `01-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}`,
    `a00-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01f`,
    `00-${traceId}-${spanId}-01-more`,
  ])('is nothing where it is not: %s', (text) => {
    expect(linkedTrace(text)).toEqual([])
  })
})
