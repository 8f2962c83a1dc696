/** One configured PostgreSQL connection, ready for sessions: its target, its credential, its catalogue. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { GatetrailError, type ConnectionConfiguration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import {
  resolveSecret,
  type ResolvedSecret,
  type SecretSources,
} from '../../credentials/resolve-secret.ts'
import type { Metrics } from '../../operations/metrics.ts'
import { catalogueSettings, createCatalogue, type Catalogue } from './catalogue/catalogue.ts'
import { createLoginSearchPath } from './catalogue/login-search-path.ts'
import type { TargetLogin } from './upstream/authenticate.ts'
import { connectToTarget } from './upstream/connect.ts'
import type { ClientCertificate, Target } from './upstream/open-socket.ts'

export type PostgresConnection = {
  configuration: ConnectionConfiguration
  target: Target
  catalogue: Catalogue
  /**
   * Read anew for every session, so that a rotated secret needs no restart. `readOnly`: that of the read-only login, where
   * there is one. @throws GatetrailError CREDENTIAL_UNAVAILABLE
   */
  credential(readOnly: boolean): Promise<Credential>
  /** What sessions of the read-only login begin with. @throws GatetrailError UPSTREAM_*, CREDENTIAL_UNAVAILABLE */
  readOnlySearchPath(): Promise<string>
}

export type Credential = { login: TargetLogin; source: ResolvedSecret['source'] }

/** @throws GatetrailError CONFIG_INVALID if tlsCaFile cannot be read. */
export async function prepareConnection(
  configuration: ConnectionConfiguration,
  secrets: SecretSources,
  metrics: Metrics,
  log: Logger,
): Promise<PostgresConnection> {
  const { name, columns } = configuration
  const { target, credential } = await prepareTarget(configuration, secrets)
  const catalogue = createCatalogue({
    connection: { name, columns, readOnlyUser: configuration.credential.readOnly?.user },
    log,
    async open(settings) {
      return connectToTarget(target, (await credential(false)).login, settings)
    },
    onUnmatched(places) {
      metrics.catalogueUnmatched(name, places.length)
      if (places.length > 0) {
        log.warn({ connection: name, places }, 'tagged columns that the target does not have')
      }
    },
  })
  const readOnlySearchPath = createLoginSearchPath(name, async () =>
    connectToTarget(target, (await credential(true)).login, catalogueSettings),
  )
  return { configuration, target, catalogue, credential, readOnlySearchPath }
}

/** Where the connection leads and how we log in: all that is needed to reach its target. @throws GatetrailError CONFIG_INVALID */
export async function prepareTarget(
  configuration: ConnectionConfiguration,
  secrets: SecretSources,
): Promise<Pick<PostgresConnection, 'target' | 'credential'>> {
  const { name, address, tls } = configuration
  const target: Target = {
    name,
    address,
    tls,
    certificateAuthorities: await readAuthorities(configuration, secrets.configurationDirectory),
  }
  const credential: PostgresConnection['credential'] = async (readOnly) => {
    const ordinary = configuration.credential
    const { user, password } = readOnly ? (ordinary.readOnly ?? ordinary) : ordinary
    const secret = await resolveSecret(password, secrets)
    const clientCertificate = await readClientCertificate(configuration, secrets)
    const { database } = configuration
    const login: TargetLogin = { user, password: secret.value, database }
    if (clientCertificate === undefined) return { login, source: secret.source }
    const source = secret.source === 'trust' ? 'file' : secret.source
    return { login: { ...login, clientCertificate }, source }
  }
  return { target, credential }
}

/** Certificate and key, if the connection has them. */
async function readClientCertificate(
  { name, credential }: ConnectionConfiguration,
  { configurationDirectory }: SecretSources,
): Promise<ClientCertificate | undefined> {
  const { certFile, keyFile } = credential
  if (certFile === undefined || keyFile === undefined) return undefined
  try {
    const [certificate, key] = await Promise.all(
      [certFile, keyFile].map((file) => readFile(resolve(configurationDirectory, file), 'utf8')),
    )
    return { certificate: certificate ?? '', key: key ?? '' }
  } catch (cause) {
    throw new GatetrailError(
      'CREDENTIAL_UNAVAILABLE',
      `the client certificate of connection "${name}" cannot be read`,
      { hint: 'Check certFile, keyFile, and who may read them.', cause },
    )
  }
}

async function readAuthorities(
  { name, tlsCaFile }: ConnectionConfiguration,
  directory: string,
): Promise<string | undefined> {
  if (tlsCaFile === undefined) return undefined
  try {
    return await readFile(resolve(directory, tlsCaFile), 'utf8')
  } catch (cause) {
    throw new GatetrailError(
      'CONFIG_INVALID',
      `connections: tlsCaFile of "${name}" cannot be read: ${tlsCaFile}`,
      { hint: 'It is a PEM file with the certificates of the authorities to trust.', cause },
    )
  }
}
