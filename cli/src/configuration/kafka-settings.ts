/**
 * From `log.kafka` of the configuration to what @gatetrail/eventlog needs: files and secrets are read here, once, when a role
 * starts. None of what they hold stands in an error.
 */
import { readFile } from 'node:fs/promises'
import type { KafkaSettings } from '@gatetrail/eventlog'
import { resolveSecret, type SecretSources } from '@gatetrail/proxy'
import { GatetrailError, type KafkaConfiguration } from '@gatetrail/schemas'

/** @throws GatetrailError CONFIG_INVALID (a file that cannot be read), CREDENTIAL_UNAVAILABLE */
export async function readKafkaSettings(
  { tls, sasl, ...kafka }: KafkaConfiguration,
  sources: SecretSources,
): Promise<KafkaSettings> {
  return {
    ...kafka,
    ...(tls && {
      tls: {
        ...(tls.caFile !== undefined && {
          ca: await readPem(tls.caFile, 'log.kafka.tls.caFile'),
        }),
        ...(tls.certFile !== undefined && {
          cert: await readPem(tls.certFile, 'log.kafka.tls.certFile'),
        }),
        ...(tls.keyFile !== undefined && {
          key: await readPem(tls.keyFile, 'log.kafka.tls.keyFile'),
        }),
      },
    }),
    ...(sasl && {
      sasl: {
        mechanism: sasl.mechanism,
        user: sasl.user,
        password: (await resolveSecret(sasl.password, sources)).value,
      },
    }),
  }
}

/** @throws GatetrailError CONFIG_INVALID */
async function readPem(file: string, setting: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new GatetrailError('CONFIG_INVALID', `${setting}: ${file} cannot be read (${code})`, {
      hint: 'Check the path and who may read it.',
      cause,
    })
  }
  if (text.includes('-----BEGIN ')) return text
  throw new GatetrailError('CONFIG_INVALID', `${setting}: ${file} holds no PEM`, {
    hint: 'It begins with -----BEGIN …-----.',
  })
}
