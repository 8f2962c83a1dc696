/** The proxy role: listeners and sessions, with a journal of their own. As a worker it gets its callers from the supervisor. */
import { dirname } from 'node:path'
import { openControlLog, RoleMetrics, type ControlLog } from '@gatetrail/eventlog'
import { startProxy, type ProxyOptions } from '@gatetrail/proxy'
import { version } from '../version.ts'
import { controlOptions } from './control-options.ts'
import { openRoleJournal } from './open-role-journal.ts'
import { runRole, type RoleContext } from './run-role.ts'
import type { WorkerChannel } from './worker-channel.ts'

runRole('proxy', async (context) => {
  const { configuration, configurationFile, log, environment, note, start, workers } = context
  const journal = await openRoleJournal('proxy', configuration, log, start.worker)
  let control: ControlLog | undefined
  try {
    control = await openControlLog(await controlOptions(context))
    const openedControl = control
    const proxy = await startProxy(configuration, {
      journal,
      control,
      log,
      environment,
      configurationDirectory: dirname(configurationFile),
      metrics: new RoleMetrics(version),
      serveOperations: false, // The supervisor serves the port for all roles.
      ...(workers && worker(workers, context)),
    })
    workers?.onCancel((key) => proxy.cancelHere(key))
    return {
      details: { certificateFile: proxy.certificateFile },
      status: async () => {
        const notReady = proxy.operations.notReady()
        const { text } = await proxy.operations.metrics()
        return {
          ready: notReady.length === 0,
          notes: [...notReady, ...proxy.operations.warnings()],
          metrics: text,
        }
      },
      reload: async () => {
        const result = await proxy.reloadPolicies()
        if (result.kind === 'refused') note(`policies refused: ${result.error.message}`)
        else note(`policies were read again: ${result.kind}`)
      },
      close: async (drainMs) => {
        await proxy.close({ drainMs })
        await openedControl.close()
        await journal.close('shutdown')
      },
    }
  } catch (error) {
    await control?.close()
    await journal.close('error')
    throw error
  }
})

function worker(
  channel: WorkerChannel,
  { start, configuration }: RoleContext,
): Pick<ProxyOptions, 'worker' | 'cancelInOtherWorkers' | 'claimToken'> {
  return {
    worker: {
      workers: start.workers,
      accepted: (accept) => {
        channel.accept(accept)
        return {
          address: configuration.listen.postgres,
          close: () => undefined, // The supervisor has closed it; who is on the way here is told that we end.
        }
      },
    },
    cancelInOtherWorkers: (key) => channel.cancelInOthers(key),
    claimToken: (issuer, tokenId, usedUntilMs) => channel.claimToken(issuer, tokenId, usedUntilMs),
  }
}
