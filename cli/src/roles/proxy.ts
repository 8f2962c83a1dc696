/** The proxy role: listeners and sessions, with a journal of their own. As a worker it gets its callers from the supervisor. */
import { dirname } from 'node:path'
import { RoleMetrics } from '@gatetrail/eventlog'
import { startProxy, type ProxyOptions } from '@gatetrail/proxy'
import { version } from '../version.ts'
import { openRoleJournal } from './open-role-journal.ts'
import { runRole, type RoleContext } from './run-role.ts'
import type { WorkerChannel } from './worker-channel.ts'

runRole('proxy', async (context) => {
  const { configuration, configurationFile, log, environment, note, start, workers } = context
  const journal = await openRoleJournal('proxy', configuration, log, start.worker)
  try {
    const proxy = await startProxy(configuration, {
      journal,
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
        const notes = proxy.operations.notReady()
        const { text } = await proxy.operations.metrics()
        return { ready: notes.length === 0, notes, metrics: text }
      },
      reload: async () => {
        const result = await proxy.reloadPolicies()
        if (result.kind === 'refused') note(`policies refused: ${result.error.message}`)
        else note(`policies were read again: ${result.kind}`)
      },
      close: async (drainMs) => {
        await proxy.close({ drainMs })
        await journal.close('shutdown')
      },
    }
  } catch (error) {
    await journal.close('error')
    throw error
  }
})

function worker(
  channel: WorkerChannel,
  { start, configuration }: RoleContext,
): Pick<ProxyOptions, 'worker' | 'cancelInOtherWorkers'> {
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
  }
}
