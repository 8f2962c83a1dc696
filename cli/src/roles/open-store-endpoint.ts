/** The embedded store for Grafana and others, where `storeEndpoint` asks for it. For the role audit, which has the store open. */
import { dirname, join } from 'node:path'
import type { Journal } from '@gatetrail/eventlog'
import { startStoreEndpoint } from '@gatetrail/ingest'
import { resolveSecret } from '@gatetrail/proxy'
import { dataFiles } from '@gatetrail/schemas'
import type { Opened } from './opened.ts'
import type { RoleContext } from './run-role.ts'

/** @throws GatetrailError CONFIG_INVALID, CREDENTIAL_UNAVAILABLE, PORT_TAKEN, STORE_UNAVAILABLE */
export async function openStoreEndpoint(
  { configuration, configurationFile, environment, log }: RoleContext,
  journal: Journal,
  opened: Opened,
): Promise<void> {
  const { storeEndpoint, dataDir } = configuration
  if (storeEndpoint === undefined) return
  const { listen, user, password } = storeEndpoint
  const sources = { environment, configurationDirectory: dirname(configurationFile) }
  const endpoint = opened.keep(
    await startStoreEndpoint({
      listen,
      user,
      password: (await resolveSecret(password, sources)).value,
      directory: join(dataDir, dataFiles.store),
      journal,
      log,
    }),
  )
  log.info({ address: endpoint.address }, 'the event store is open for reading')
}
