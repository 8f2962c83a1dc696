/** The audit role: the event store, ingest into it and the replay API over it, at the lowest priority. */
import './lowest-priority.ts'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openEmbeddedStore, startIngest } from '@gatetrail/ingest'
import { createAuthenticator, resolveSecret } from '@gatetrail/proxy'
import { startReplay } from '@gatetrail/replay-server'
import { dataFiles } from '@gatetrail/schemas'
import { ingestMetrics } from './ingest-metrics.ts'
import { journalDirectories, openRoleJournal } from './open-role-journal.ts'
import { runRole, type RoleContext, type RunningRole } from './run-role.ts'

/** The built web app. The same place from src/roles and dist/roles. */
const webRoot = fileURLToPath(new URL('../../../replay-ui/web/dist/app', import.meta.url))

runRole('audit', startAudit)

async function startAudit(context: RoleContext): Promise<RunningRole> {
  const { configuration, configurationFile, log, environment } = context
  const { dataDir } = configuration
  // What is open, in the order in which it was opened; closed the other way round, also when a later step fails.
  const opened: (() => Promise<void>)[] = []
  const closeAll = async () => {
    for (const close of opened.splice(0).toReversed()) await close()
  }
  try {
    const journal = await openRoleJournal('audit', configuration, log)
    opened.push(() => journal.close('shutdown'))
    const store = await openEmbeddedStore(join(dataDir, dataFiles.store))
    opened.push(() => store.close())
    const ingest = await startIngest({ configuration, store, journal, log })
    opened.push(() => ingest.close())
    const configurationDirectory = dirname(configurationFile)
    const authenticator = createAuthenticator(configuration.identity, {
      baseDirectory: configurationDirectory,
      log,
    })
    opened.push(() => authenticator.close())
    const secret = configuration.web.login?.clientSecret
    const replay = await startReplay({
      configuration,
      read: store.read,
      journal,
      ...journalDirectories(dataDir),
      ...(existsSync(join(webRoot, 'index.html')) && { webRoot }),
      ingest,
      localToken: (await readFile(join(dataDir, dataFiles.localToken), 'utf8')).trim(),
      ...(secret !== undefined && {
        loginClientSecret: (await resolveSecret(secret, { environment, configurationDirectory }))
          .value,
      }),
      authenticator,
      log,
    })
    opened.push(() => replay.close())
    // Everything that was on record before this process ended is in the store when it starts again.
    opened.push(() => within(drainMsMax, ingest.idle()))
    return {
      details: { address: replay.address },
      status: () => {
        const status = ingest.status()
        const notes = status.storeError === undefined ? [] : [status.storeError]
        return { ready: notes.length === 0, notes, metrics: ingestMetrics(status) }
      },
      close: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** The supervisor gives 4 s for everything. */
const drainMsMax = 1_500

/** Waits for `work`, but not longer than `ms`: what is not stored yet is in the journals. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, timeout])
  clearTimeout(timer)
}
