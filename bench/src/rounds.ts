/** Interleaved rounds: every target in turn, again and again, so that a slow minute of the machine hits all of them. */
import { bulkRead, type BulkStatement } from './bulk-read.ts'
import { runPgbench, type PgbenchMode } from './pgbench.ts'
import { cpuSeconds } from './process-figures.ts'
import { fixed, median, table } from './statistics.ts'
import type { Target } from './targets.ts'

/** pgbench -S. Ratios are taken within a round, the median over the rounds is printed. */
export async function pgbenchRounds(
  targets: readonly Target[],
  options: {
    rounds: number
    seconds: number
    clients: readonly number[]
    modes: readonly PgbenchMode[]
  },
): Promise<string> {
  const rows: string[][] = []
  for (const mode of options.modes) {
    for (const clients of options.clients) {
      // Not counted: code that has just started is slow in every relay written in JavaScript.
      for (const target of targets) await runPgbench(target, mode, clients, options.seconds)
      const rounds = await interleave(targets, options.rounds, (target) =>
        runPgbench(target, mode, clients, options.seconds),
      )
      for (const target of targets) {
        const own = rounds.map((round) => round.get(target.name)!)
        const ratios = rounds.map(
          (round) =>
            round.get(target.name)!.transactionsPerSecond /
            round.get('bare relay')!.transactionsPerSecond,
        )
        const cpu = own.map((run) => run.cpuMicrosPerQuery)
        const cpuRatios = rounds.map(
          (round) =>
            (round.get(target.name)!.cpuMicrosPerQuery ?? Number.NaN) /
            (round.get('bare relay')!.cpuMicrosPerQuery ?? Number.NaN),
        )
        rows.push([
          `${mode}, ${clients} clients, ${target.name}`,
          fixed(median(own.map((run) => run.transactionsPerSecond)), 0),
          fixed(median(ratios), 2),
          fixed(cpu.includes(undefined) ? undefined : median(cpu as number[]), 1),
          fixed(median(cpuRatios), 2),
        ])
      }
    }
  }
  return table(['pgbench -S', 'tps', '× bare relay', 'CPU µs/query', '× bare relay'], rows)
}

/** One large answer per round and statement. */
export async function bulkRounds(
  targets: readonly Target[],
  options: { rounds: number; statements: readonly BulkStatement[] },
): Promise<string> {
  const rows: string[][] = []
  for (const statement of options.statements) {
    const rounds = await interleave(targets, options.rounds, async (target) => {
      const before = target.processId === undefined ? undefined : cpuSeconds(target.processId)
      const read = await bulkRead(target, statement)
      const after = target.processId === undefined ? undefined : cpuSeconds(target.processId)
      const cpu = before === undefined || after === undefined ? undefined : after - before
      return { megabytesPerSecond: read.bytes / 1e6 / read.seconds, bytes: read.bytes, cpu }
    })
    for (const target of targets) {
      const own = rounds.map((round) => round.get(target.name)!)
      const ratios = rounds.map(
        (round) =>
          round.get(target.name)!.megabytesPerSecond / round.get('bare relay')!.megabytesPerSecond,
      )
      rows.push([
        `${statement.name}, ${target.name}`,
        fixed(own[0]!.bytes / 1e6, 0),
        fixed(median(own.map((run) => run.megabytesPerSecond)), 0),
        fixed(median(ratios), 2),
        fixed(median(own.map((run) => run.cpu ?? Number.NaN)), 2),
      ])
    }
  }
  return table(['large answers', 'MB', 'MB/s', '× bare relay', 'CPU s'], rows)
}

async function interleave<Figure>(
  targets: readonly Target[],
  rounds: number,
  measure: (target: Target) => Promise<Figure>,
): Promise<Map<Target['name'], Figure>[]> {
  const figures: Map<Target['name'], Figure>[] = []
  for (let round = 0; round < rounds; round++) {
    const ofRound = new Map<Target['name'], Figure>()
    for (const target of targets) ofRound.set(target.name, await measure(target))
    figures.push(ofRound)
  }
  return figures
}
