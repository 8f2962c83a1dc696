/** For shipper-crash.test.ts: a process that ships a journal directory until it is killed. */
import { startShipper } from '../ship/start-shipper.ts'

const [directory, positionsDirectory, broker] = process.argv.slice(2)
if (directory === undefined || positionsDirectory === undefined || broker === undefined)
  throw new Error('two directories and a broker')

await startShipper({
  directory,
  positionsDirectory,
  kafka: {
    clientId: 'gatetrail-test',
    brokers: [broker],
    compression: 'gzip',
    consumerGroup: 'unused',
    partitions: 3,
    replicationFactor: 1,
    retentionHours: 1,
  },
})
// The shipper's timers do not keep a process alive, its connection would; until it has one, this does.
setInterval(() => {}, 1_000)
