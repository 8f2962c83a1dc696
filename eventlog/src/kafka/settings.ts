/** What is needed to talk to Kafka, with files and secrets read: made by the role that starts (cli), used by everything in this folder. */
import type { KafkaConfiguration } from '@gatetrail/schemas'

export type KafkaSettings = Omit<KafkaConfiguration, 'tls' | 'sasl'> & {
  /** PEM texts. */
  tls?: { ca?: string; cert?: string; key?: string }
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; user: string; password: string }
}
