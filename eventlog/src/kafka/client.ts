/** The Kafka client of all that talks to brokers: connection, authentication, and its log as lines of ours. */
import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs'
import type { Log } from '../log.ts'
import type { KafkaSettings } from './settings.ts'

const connectionTimeoutMs = 5_000
const requestTimeoutMs = 30_000

export function createKafka(settings: KafkaSettings, log: Log): Kafka {
  const { tls, sasl } = settings
  const config: KafkaConfig = {
    clientId: settings.clientId,
    brokers: settings.brokers,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Who uses it retries as it must: the shipper the same batch, ingest from its committed offsets.
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 5_000 },
    ...(tls && { ssl: { rejectUnauthorized: true, ...tls } }),
    ...(sasl && { sasl: saslOptions(sasl) }),
    // kafkajs calls errors what it retries by itself: leaders that move, coordinators that load.
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, log: { message } }) =>
        log.warn({ kafka: namespace }, `Kafka: ${message}`),
  }
  return new Kafka(config)
}

function saslOptions({
  mechanism,
  user,
  password,
}: NonNullable<KafkaSettings['sasl']>): SASLOptions {
  return { mechanism, username: user, password }
}
