/** One configured PostgreSQL connection, ready for sessions: its target, its credential, its catalogue. */
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { GatetrailError, type ConnectionConfiguration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import {
  resolveSecret,
  type ResolvedSecret,
  type SecretSources,
} from '../../credentials/resolve-secret.ts'
import type { Metrics } from '../../operations/metrics.ts'
import { createCatalogue, type Catalogue } from './catalogue/catalogue.ts'
import { connectToTarget, type TargetLogin } from './upstream/connect.ts'
import type { Target } from './upstream/open-socket.ts'

export type PostgresConnection = {
  configuration: ConnectionConfiguration
  target: Target
  catalogue: Catalogue
  /** Read anew for every session, so that a rotated secret needs no restart. @throws GatetrailError CREDENTIAL_UNAVAILABLE */
  credential(): Promise<{ login: TargetLogin; source: ResolvedSecret['source'] }>
}

/** @throws GatetrailError CONFIG_INVALID if tlsCaFile cannot be read. */
export async function prepareConnection(
  configuration: ConnectionConfiguration,
  secrets: SecretSources,
  metrics: Metrics,
  log: Logger,
): Promise<PostgresConnection> {
  const { name, address, tls, columns } = configuration
  const target: Target = {
    name,
    address,
    tls,
    certificateAuthorities: await readAuthorities(configuration, secrets.configurationDirectory),
  }
  const credential: PostgresConnection['credential'] = async () => {
    const secret = await resolveSecret(configuration.credential.password, secrets)
    const { user } = configuration.credential
    return {
      login: { user, password: secret.value, database: configuration.database },
      source: secret.source,
    }
  }
  const catalogue = createCatalogue({
    connection: { name, columns },
    log,
    async open(settings) {
      return connectToTarget(target, (await credential()).login, settings)
    },
    onUnmatched(places) {
      metrics.catalogueUnmatched(name, places.length)
      if (places.length > 0) {
        log.warn({ connection: name, places }, 'tagged columns that the target does not have')
      }
    },
  })
  return { configuration, target, catalogue, credential }
}

async function readAuthorities(
  { name, tlsCaFile }: ConnectionConfiguration,
  directory: string,
): Promise<string | undefined> {
  if (tlsCaFile === undefined) return undefined
  try {
    return await readFile(isAbsolute(tlsCaFile) ? tlsCaFile : join(directory, tlsCaFile), 'utf8')
  } catch (cause) {
    throw new GatetrailError(
      'CONFIG_INVALID',
      `connections: tlsCaFile of "${name}" cannot be read: ${tlsCaFile}`,
      { hint: 'It is a PEM file with the certificates of the authorities to trust.', cause },
    )
  }
}
