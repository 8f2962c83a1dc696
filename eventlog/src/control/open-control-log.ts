/**
 * Opens the control log: `openControlLog` in every process that must obey it (proxy workers, before they listen),
 * `openControlPublisher` in replay instances, of which the embedded mode has one. With `kafka` it is the topic, else files.
 */
import { GatetrailError } from '@gatetrail/schemas'
import type { KafkaSettings } from '../kafka/settings.ts'
import type { Log } from '../log.ts'
import { loadControlKey, type SigningKey } from '../signing-key.ts'
import type { ControlLog, ControlTransport } from './control-log.ts'
import { ControlReader } from './control-reader.ts'
import { openFileTransport } from './file-transport.ts'
import { openKafkaTransport } from './kafka-transport.ts'
import { openLater, type OpenedPublisher } from './open-later.ts'
import { createPublisher } from './publisher.ts'
import { loadTrustedKeys } from './trusted-keys.ts'

export type OpenControlLogOptions = {
  /** `control.trustedKeys`. */
  trustedKeys: readonly string[]
  /** `dataDir/keys`: its `control-*.pub` count, too. */
  keysDirectory: string
  /** `dataDir/control`; not looked at with `kafka`. */
  directory: string
  kafka?: KafkaSettings
  log: Log
}

/**
 * Resolves when everything that was on the log at the call has been read.
 * @throws GatetrailError KAFKA_UNAVAILABLE, KAFKA_TOPIC_INVALID, DIRECTORY_NOT_WRITABLE, CONFIG_INVALID
 */
export async function openControlLog(options: OpenControlLogOptions): Promise<ControlLog> {
  const { reader, transport } = await open(options, false)
  return asControlLog(reader, async () => {
    await transport.close()
    reader.close()
  })
}

/**
 * The log, and the right to write to it: with the key in `keysDirectory`, made at first start. With Kafka it also resolves
 * while the brokers are away: then nothing can be published until they are back.
 * @throws GatetrailError DIRECTORY_NOT_WRITABLE, CONFIG_INVALID
 */
export async function openControlPublisher(
  options: OpenControlLogOptions,
): Promise<OpenedPublisher> {
  const key = await loadControlKey(options.keysDirectory)
  if (options.kafka === undefined) return openPublisher(options, key)
  return openLater(key.publicKey, () => openPublisher(options, key), options.log)
}

async function openPublisher(
  options: OpenControlLogOptions,
  key: SigningKey,
): Promise<OpenedPublisher> {
  const { reader, transport } = await open(options, true)
  const publisher = createPublisher(key, reader, transport, options.log)
  const log = asControlLog(reader, async () => {
    await publisher.close()
    await transport.close()
    reader.close()
  })
  return { log, publisher }
}

async function open(
  { trustedKeys, keysDirectory, directory, kafka, log }: OpenControlLogOptions,
  publishes: boolean,
): Promise<{ reader: ControlReader; transport: ControlTransport }> {
  const keys = await loadTrustedKeys(trustedKeys, keysDirectory)
  if (kafka !== undefined && keys.size === 0) {
    throw new GatetrailError('CONFIG_INVALID', 'control.trustedKeys: nobody is trusted', {
      hint: 'List the key of each replay instance: gatetrail control key prints it there.',
    })
  }
  const reader = new ControlReader(keys, log)
  try {
    const transport =
      kafka === undefined
        ? await openFileTransport(directory, reader)
        : await openKafkaTransport(kafka, reader, log, publishes)
    return { reader, transport }
  } catch (error) {
    reader.close()
    throw error
  }
}

function asControlLog(reader: ControlReader, close: () => Promise<void>): ControlLog {
  return {
    get: (id) => reader.state.get(id),
    objects: () => reader.state.objects(),
    onChange: (listener) => reader.onChange(listener),
    contactAgeMs: () => reader.contactAgeMs(),
    status: () => reader.status(),
    close,
  }
}
