/** Opens a shipper of this machine's journals: alone (shipper.ts), or within a role that has only records of its own. */
import { dirname } from 'node:path'
import {
  startShipper,
  type Journal,
  type RoleMetrics,
  type ShipperStatus,
} from '@gatetrail/eventlog'
import { assert } from '@gatetrail/schemas'
import { readKafkaSettings } from '../configuration/kafka-settings.ts'
import { journalDirectories } from './open-role-journal.ts'
import type { Opened } from './opened.ts'
import type { RoleContext } from './run-role.ts'

export type OpenShipper = {
  /** False while Kafka is away: why, since when, and how much waits. */
  readiness(): { ready: boolean; notes: string[] }
}

/** The supervisor waits a little longer. */
const lastRecordsMsMax = 12_000

/** @throws GatetrailError CONFIG_INVALID, CREDENTIAL_UNAVAILABLE, DIRECTORY_IN_USE */
export async function openShipper(
  { configuration, configurationFile, environment, log }: RoleContext,
  journal: Journal,
  metrics: RoleMetrics,
  opened: Opened,
): Promise<OpenShipper> {
  const kafka = configuration.log?.kafka
  assert(kafka !== undefined, 'a shipper is started where log.kafka is set')
  const { journalDirectory, positionsDirectory } = journalDirectories(configuration)
  const shipper = await startShipper({
    directory: journalDirectory,
    positionsDirectory,
    keepHours: configuration.journal.keepHours,
    kafka: await readKafkaSettings(kafka, {
      environment,
      configurationDirectory: dirname(configurationFile),
    }),
    journal,
    log,
  })
  // It sends what it can until then; without Kafka it need not wait for what cannot go.
  opened.atEnd(() =>
    shipper.close(shipper.status().kafkaError === undefined ? lastRecordsMsMax : 1_000),
  )
  readShipperMetrics(metrics, () => shipper.status())
  return { readiness: () => readinessOf(shipper.status()) }
}

function readShipperMetrics(metrics: RoleMetrics, status: () => ShipperStatus): void {
  metrics.read('gatetrail_ship_lag_bytes', () => status().lagBytes)
  metrics.read('gatetrail_ship_lag_seconds', () => status().lagMs / 1000)
  metrics.read('gatetrail_ship_records_total', () => status().records)
  metrics.read('gatetrail_ship_bytes_total', () => status().bytes)
  metrics.read('gatetrail_ship_batches_total', () => status().batches)
  metrics.read('gatetrail_ship_retries_total', () => status().retries)
  metrics.read('gatetrail_ship_kafka_available', () => (status().kafkaError === undefined ? 1 : 0))
}

function readinessOf({ kafkaError, lagBytes }: ShipperStatus): { ready: boolean; notes: string[] } {
  if (kafkaError === undefined) return { ready: true, notes: [] }
  const since = new Date(kafkaError.since).toISOString()
  return {
    ready: false,
    notes: [`since ${since}: ${kafkaError.message}; ${lagBytes} bytes wait in the journals`],
  }
}
