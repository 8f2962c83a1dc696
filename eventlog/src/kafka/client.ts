/** The Kafka client of all that talks to brokers: connection, authentication, and its log as lines of ours. */
import { Kafka, logLevel, type KafkaConfig, type logCreator, type SASLOptions } from 'kafkajs'
import type { Log } from '../log.ts'
import type { KafkaSettings } from './settings.ts'

const connectionTimeoutMs = 5_000
const requestTimeoutMs = 30_000
/** While a broker is away kafkajs says the same several times a second. */
const repeatedLineMs = 60_000
const rememberedLinesMax = 100
/** The shipper throws a producer away after an error, so what this warns of can't happen (ship/record-producer.ts). */
const limitedRetries = 'Limiting retries for the idempotent producer'

/** `retries`: of kafkajs's own; few for who tries again by itself, and wants to hear soon that Kafka is back. */
export function createKafka(settings: KafkaSettings, log: Log, retries = 5): Kafka {
  const { tls, sasl } = settings
  const config: KafkaConfig = {
    clientId: settings.clientId,
    brokers: settings.brokers,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Who uses it retries as it must: the shipper the same batch, ingest from its committed offsets.
    retry: { retries, initialRetryTime: 100, maxRetryTime: 5_000 },
    ...(tls && { ssl: { rejectUnauthorized: true, ...tls } }),
    ...(sasl && { sasl: saslOptions(sasl) }),
    // kafkajs calls errors what it retries by itself: leaders that move, coordinators that load.
    logLevel: logLevel.WARN,
    logCreator: () => logOnce(log),
  }
  return new Kafka(config)
}

function logOnce(log: Log): ReturnType<logCreator> {
  const saidAtMs = new Map<string, number>()
  return ({ namespace, log: { message, broker, error } }) => {
    if (message.startsWith(limitedRetries)) return
    const nowMs = performance.now()
    if (nowMs - (saidAtMs.get(message) ?? -Infinity) < repeatedLineMs) return
    if (saidAtMs.size >= rememberedLinesMax) saidAtMs.clear()
    saidAtMs.set(message, nowMs)
    log.warn(
      {
        kafka: namespace,
        ...(typeof broker === 'string' && { broker }),
        ...(typeof error === 'string' && { reason: error }),
      },
      `Kafka: ${message}`,
    )
  }
}

function saslOptions({
  mechanism,
  user,
  password,
}: NonNullable<KafkaSettings['sasl']>): SASLOptions {
  return { mechanism, username: user, password }
}
