/** The proxy role: listeners and sessions, with a journal of their own. */
import { dirname } from 'node:path'
import { startProxy } from '@gatetrail/proxy'
import { openRoleJournal } from './open-role-journal.ts'
import { runRole } from './run-role.ts'

runRole('proxy', async ({ configuration, configurationFile, log, environment, note }) => {
  const journal = await openRoleJournal('proxy', configuration, log)
  try {
    const proxy = await startProxy(configuration, {
      journal,
      log,
      environment,
      configurationDirectory: dirname(configurationFile),
      serveOperations: false, // The supervisor serves the port for all roles.
    })
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
      close: async () => {
        await proxy.close()
        await journal.close('shutdown')
      },
    }
  } catch (error) {
    await journal.close('error')
    throw error
  }
})
