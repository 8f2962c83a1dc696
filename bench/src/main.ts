/**
 * `npm run bench`: ratios against a bare relay of the same run. These machines are shared and noisy: quote the ratios.
 * `--quick` for a look, `--only pgbench,bulk,…` for parts.
 */
import { parseArgs } from 'node:util'
import type { PostgresServer } from '@gatetrail/demo'
import { bulkStatements } from './bulk-read.ts'
import { makeDatabase, withPostgres } from './database.ts'
import { benchFrames } from './detect/frames.ts'
import { benchDetect } from './detect/rate.ts'
import { benchFacts } from './facts.ts'
import { startGatetrail, type Gatetrail } from './gatetrail.ts'
import { untilIngested } from './ingest-lag.ts'
import { benchIngest } from './ingest-rate.ts'
import { benchJournalAppend } from './journal-append.ts'
import { benchKafka } from './kafka-rate.ts'
import { benchPiiQuestion } from './pii-question.ts'
import { benchPages } from './pages.ts'
import { peakMemoryMiB } from './process-figures.ts'
import { benchReplay } from './replay.ts'
import { bulkRounds, pgbenchRounds } from './rounds.ts'
import { benchSearch } from './search.ts'
import { fixed, table } from './statistics.ts'
import {
  findProgram,
  startBareRelay,
  startPgbouncer,
  untilAnswers,
  type Target,
} from './targets.ts'

const parts = [
  'pgbench',
  'bulk',
  'journal',
  'facts',
  'question',
  'pages',
  'ingest',
  'kafka',
  'detect',
  'replay',
  'search',
] as const
type Part = (typeof parts)[number]

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    clients: { type: 'string', default: '1,8,64' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    millions: { type: 'string' },
    trails: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(
    `usage: npm run bench -- [--quick] [--only ${parts.join(',')}] [--clients 1,8,64] [--rounds 5] [--seconds 6] [--millions 1,10,100,1000] [--trails DIRECTORY]
  --trails: keeps the simulated trails of question and pages there, and asks the ones that are there already; what ingest
            takes in meanwhile stays in them`,
  )
} else {
  await main(values.only?.split(',') ?? parts)
}

/** Records of the trails that the question is asked of. */
function sizesOf(millions: string): number[] {
  return millions.split(',').map((text) => Math.round(Number(text) * 1e6))
}

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.find((name) => !parts.some((part) => part === name))
  if (unknown !== undefined) throw new Error(`no part is named ${unknown}: ${parts.join(', ')}`)
  const chosen = new Set(parts.filter((part) => wanted.includes(part)))
  if (chosen.has('detect')) {
    const size = values.quick ? { megabytes: 1, rounds: 3 } : { megabytes: 4, rounds: 10 }
    console.log(`${benchDetect(size)}\n`)
    console.log(`${benchFrames(values.quick ? 4_000 : 20_000)}\n`)
  }
  if (chosen.has('journal'))
    console.log(`${await benchJournalAppend(values.quick ? 4_000 : 20_000)}\n`)
  if (chosen.has('facts')) {
    await withPostgres(async (postgres) => console.log(`${await benchFacts(postgres)}\n`))
  }
  if (chosen.has('pgbench') || chosen.has('bulk')) {
    await withPostgres((postgres, directory) => benchTargets(chosen, postgres, directory))
  }
  if (chosen.has('kafka')) console.log(`${await benchKafka(values.quick ? 10 : 60)}\n`)
  if (chosen.has('ingest')) {
    await withPostgres(async (postgres, directory) => {
      await makeDatabase(postgres, values.quick)
      console.log(`${await benchIngest(postgres, directory, values.quick ? 2 : 4)}\n`)
    })
  }
  if (chosen.has('replay')) console.log(`${await benchReplay(values.quick ? 0.05 : 1)}\n`)
  if (chosen.has('search'))
    console.log(
      `${await benchSearch(sizesOf(values.millions ?? (values.quick ? '0.1' : '0.2,1')))}\n`,
    )
  if (chosen.has('pages'))
    console.log(
      `${await benchPages(sizesOf(values.millions ?? (values.quick ? '1' : '1,10')), values.trails)}\n`,
    )
  if (chosen.has('question'))
    console.log(
      `${await benchPiiQuestion(sizesOf(values.millions ?? (values.quick ? '1' : '1,10')), values.trails)}\n`,
    )
}

async function benchTargets(
  chosen: ReadonlySet<Part>,
  postgres: PostgresServer,
  directory: string,
): Promise<void> {
  const stops: (() => Promise<void>)[] = []
  try {
    await makeDatabase(postgres, values.quick)
    const relay = await startBareRelay(postgres.port)
    stops.unshift(relay.stop)
    const pgbouncer = await startPgbouncer(directory, postgres.port)
    if (pgbouncer === undefined) console.log('pgbouncer is not installed: left out\n')
    else stops.unshift(pgbouncer.stop)
    const gatetrail = await startGatetrail(directory, postgres.port)
    stops.unshift(gatetrail.stop)
    await untilAnswers(gatetrail)
    const direct: Target = {
      ...{ name: 'direct', port: postgres.port, user: 'bench', database: 'bench', password: '' },
      processId: undefined,
    }
    const targets = [direct, ...(pgbouncer === undefined ? [] : [pgbouncer]), relay, gatetrail]
    await measure(chosen, targets, gatetrail)
  } finally {
    for (const stop of stops) await stop()
  }
}

async function measure(
  chosen: ReadonlySet<Part>,
  targets: readonly Target[],
  gatetrail: Gatetrail,
): Promise<void> {
  if (chosen.has('pgbench')) {
    if (findProgram('pgbench') === undefined) console.log('pgbench is not installed: left out\n')
    else {
      const options = values.quick
        ? { rounds: 2, seconds: 3, clients: [8] }
        : {
            rounds: Number(values.rounds),
            seconds: Number(values.seconds),
            clients: values.clients.split(',').map(Number),
          }
      console.log(
        `${await pgbenchRounds(targets, { ...options, modes: ['simple', 'prepared'] })}\n`,
      )
      console.log(`${await untilIngested(gatetrail)}\n`)
    }
  }
  if (chosen.has('bulk')) {
    const options = { rounds: values.quick ? 1 : 3, statements: bulkStatements }
    console.log(`${await bulkRounds(targets, options)}\n`)
    console.log(`${await untilIngested(gatetrail)}\n`)
  }
  console.log(
    table(
      ['peak memory', 'MiB'],
      [
        ['gatetrail, proxy', fixed(peakMemoryMiB(gatetrail.processId ?? 0), 0)],
        ['gatetrail, audit', fixed(peakMemoryMiB(gatetrail.auditProcessId ?? 0), 0)],
        ...targets
          .filter((target) => target.name === 'bare relay' || target.name === 'pgbouncer')
          .map((target) => [target.name, fixed(peakMemoryMiB(target.processId ?? 0), 0)]),
      ],
    ),
  )
}
