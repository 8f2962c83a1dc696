/**
 * Spans of what Gatetrail does, by OpenTelemetry's API alone: they go nowhere, and cost nothing, until an SDK is registered
 * in the process (docs/operating.md). Attributes are names and numbers: no text of a statement, no value, no token.
 */
import {
  context,
  isSpanContextValid,
  SpanStatusCode,
  trace,
  type Attributes,
  type Link,
  type Span,
} from '@opentelemetry/api'

export type { Attributes, Link, Span } from '@opentelemetry/api'

/** One name per kind of work: closed, as metrics are. */
export type SpanName =
  | 'gatetrail.session'
  | 'gatetrail.statement'
  | 'gatetrail.ship'
  | 'gatetrail.ingest'
  | 'gatetrail.question'

/** Knows the SDK as soon as one is registered. */
const tracer = trace.getTracer('gatetrail')

export function startSpan(name: SpanName, attributes: Attributes, links: Link[] = []): Span {
  return tracer.startSpan(name, { attributes, links })
}

/** Something that is over, within `parent`. Times in ms since 1970. */
export function spanOfPast(
  name: SpanName,
  parent: Span,
  times: { startedAtMs: number; endedAtMs: number },
  attributes: Attributes,
  failed: boolean,
): void {
  const span = tracer.startSpan(
    name,
    { startTime: times.startedAtMs, attributes },
    trace.setSpan(context.active(), parent),
  )
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(times.endedAtMs)
}

/** Work that ends when its promise does. The span says by code alone that it failed. */
export async function inSpan<Value>(
  name: SpanName,
  attributes: Attributes,
  work: (span: Span) => Promise<Value>,
): Promise<Value> {
  const span = startSpan(name, attributes)
  try {
    return await work(span)
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

const traceparent =
  /(?:^|[^0-9a-f])00-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?![0-9a-f-])/

/**
 * The trace that a client says it belongs to: a W3C `traceparent` anywhere in this text. It is a claim of the client: linked,
 * never taken as a parent or as who it is.
 */
export function linkedTrace(text: string | undefined): Link[] {
  const found = text === undefined ? undefined : traceparent.exec(text)?.groups
  if (found === undefined) return []
  const { trace: traceId = '', span: spanId = '', flags = '' } = found
  const spanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
  }
  return isSpanContextValid(spanContext) ? [{ context: spanContext }] : []
}
