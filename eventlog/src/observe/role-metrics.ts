/**
 * What a role counts, for /metrics: made by name from the list in schemas/src/metrics.ts, in a registry per process. Figures
 * that something else keeps are read when they are scraped.
 */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  metrics,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
} from '@gatetrail/schemas'

const nanosecondsPerSecond = 1e9
const stallResolutionMs = 20
const stallQuantiles = { '0.5': 50, '0.99': 99, '0.999': 99.9, '1': 100 }

/** One value of a metric as it is read. */
export type Sample<Name extends MetricName> = {
  labels: Partial<Record<LabelsOf<Name>, string>>
  value: number
}

export class RoleMetrics {
  readonly registry = new Registry()
  readonly #stalls: IntervalHistogram

  /** Begins with the figures of the process and of its event loop. `version`: of the product. */
  constructor(version: string) {
    collectDefaultMetrics({ register: this.registry, prefix: 'gatetrail_' })
    this.gauge('gatetrail_build_info').set({ version }, 1)
    this.#stalls = monitorEventLoopDelay({ resolution: stallResolutionMs })
    this.#stalls.enable()
    this.readEach('gatetrail_event_loop_stall_seconds', () => this.#readStalls())
  }

  counter<Name extends CounterName>(name: Name): Counter<LabelsOf<Name>> {
    return new Counter({ ...this.#definitionOf(name) })
  }

  gauge<Name extends GaugeName>(name: Name): Gauge<LabelsOf<Name>> {
    return new Gauge({ ...this.#definitionOf(name) })
  }

  histogram<Name extends HistogramName>(name: Name): Histogram<LabelsOf<Name>> {
    return new Histogram({
      ...this.#definitionOf(name),
      buckets: [...metrics[name].buckets],
    })
  }

  /** A gauge or counter without labels that is kept elsewhere: asked at every scrape. */
  read<Name extends CounterName | GaugeName>(
    name: [LabelsOf<Name>] extends [never] ? Name : never,
    ask: () => number,
  ): void {
    this.readEach<CounterName | GaugeName>(name, () => [{ labels: {}, value: ask() }])
  }

  /** The same with labels: one value for each set of them. */
  readEach<Name extends CounterName | GaugeName>(
    name: Name,
    ask: () => readonly Sample<Name>[],
  ): void {
    const definition = this.#definitionOf(name)
    if (metrics[name].type === 'counter') {
      const made = new Counter<LabelsOf<Name>>({
        ...definition,
        collect() {
          made.reset()
          for (const { labels, value } of ask()) made.inc(labels, value)
        },
      })
      return
    }
    const made = new Gauge<LabelsOf<Name>>({
      ...definition,
      collect() {
        made.reset()
        for (const { labels, value } of ask()) made.set(labels, value)
      },
    })
  }

  get contentType(): string {
    return this.registry.contentType
  }

  text(): Promise<string> {
    return this.registry.metrics()
  }

  /** Stops what watches the event loop. */
  close(): void {
    this.#stalls.disable()
    this.registry.clear()
  }

  #definitionOf<Name extends MetricName>(name: Name) {
    const labelNames: LabelsOf<Name>[] = [...metrics[name].labels]
    return { name, help: metrics[name].help, labelNames, registers: [this.registry] }
  }

  #readStalls(): Sample<'gatetrail_event_loop_stall_seconds'>[] {
    const samples = Object.entries(stallQuantiles).map(([quantile, percentile]) => {
      // Measured is the time between two ticks of a timer: what is more than its interval is the stall.
      const seconds = this.#stalls.percentile(percentile) / nanosecondsPerSecond
      return { labels: { quantile }, value: Math.max(0, seconds - stallResolutionMs / 1000) }
    })
    this.#stalls.reset()
    return samples
  }
}
