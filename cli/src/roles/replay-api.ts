/** The API and the web app, over a store and an ingest wherever they are. For the roles audit and replay. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openControlPublisher } from '@gatetrail/eventlog'
import {
  createAuthenticator,
  loadFingerprintKey,
  loadFingerprintKeys,
  resolveSecret,
} from '@gatetrail/proxy'
import { startReplay, type ReplayOptions, type ReplayServer } from '@gatetrail/replay-server'
import { dataFiles } from '@gatetrail/schemas'
import { controlOptions } from './control-options.ts'
import { journalDirectories } from './open-role-journal.ts'
import type { Opened } from './opened.ts'
import type { RoleContext } from './run-role.ts'

/** The built web app. The same place from src/roles and dist/roles. */
const webRoot = fileURLToPath(new URL('../../../replay-ui/web/dist/app', import.meta.url))

/** @throws GatetrailError PORT_TAKEN, CONFIG_INVALID, CREDENTIAL_UNAVAILABLE */
export async function openReplayApi(
  context: RoleContext,
  over: Pick<ReplayOptions, 'read' | 'journal' | 'ingest' | 'metrics'>,
  opened: Opened,
): Promise<ReplayServer> {
  const { configuration, configurationFile, environment, log } = context
  const configurationDirectory = dirname(configurationFile)
  const authenticator = opened.keep(
    createAuthenticator(configuration.identity, { baseDirectory: configurationDirectory, log }),
  )
  const control = await openControlPublisher(await controlOptions(context))
  opened.keep(control.log)
  // For `control.trustedKeys` of proxies on other machines.
  log.info({ key: control.publisher.publicKey }, 'control objects are signed with this key')
  const { journalDirectory, keysDirectory, positionsDirectory } = journalDirectories(configuration)
  const secret = configuration.web.login?.clientSecret
  return opened.keep(
    await startReplay({
      configuration,
      ...over,
      control,
      journalDirectory,
      keysDirectory,
      // What was shipped is in Kafka, which does not say that it is in the store.
      ...(configuration.log === undefined && { positionsDirectory }),
      ...(existsSync(join(webRoot, 'index.html')) && { webRoot }),
      localToken: (
        await readFile(join(configuration.dataDir, dataFiles.localToken), 'utf8')
      ).trim(),
      ...(secret !== undefined && {
        loginClientSecret: (await resolveSecret(secret, { environment, configurationDirectory }))
          .value,
      }),
      fingerprintKeys: await loadFingerprintKeys(
        configuration.fingerprint.keys,
        await loadFingerprintKey(keysDirectory),
        { environment, configurationDirectory },
      ),
      authenticator,
      log,
    }),
  )
}
