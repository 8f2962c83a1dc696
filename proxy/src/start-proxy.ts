/**
 * Starts the proxy role: policies, identity, one listener per protocol that a connection uses, operations. It owns
 * everything but the journal, which its caller opens before and closes after it.
 */
import { join } from 'node:path'
import { systemClock, type Journal } from '@gatetrail/eventlog'
import {
  dataFiles,
  isGatetrailError,
  limits,
  type Configuration,
  type GatetrailError,
} from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { createLiveSessions, type CancelRequest } from './adapters/postgres/cancel/live-sessions.ts'
import { createCancelLimit } from './adapters/postgres/cancel/request-limit.ts'
import { prepareConnection, type PostgresConnection } from './adapters/postgres/connection.ts'
import { createFactsCache, loadParser } from './adapters/postgres/facts/index.ts'
import { bearerChallenge } from './adapters/postgres/front-door/bearer-message.ts'
import { startRelay } from './adapters/postgres/relay/start-relay.ts'
import { createSessions } from './adapters/postgres/sessions.ts'
import { startPostgresAdapter } from './adapters/postgres/start-adapter.ts'
import { createAuthenticator, type AuthenticatorOptions } from './identity/index.ts'
import { loadFingerprintKey } from './keys/fingerprint-key.ts'
import { parseHostAndPort } from './listener/address.ts'
import { createAdmission } from './listener/admission.ts'
import { createRejections } from './listener/rejections.ts'
import { createMetrics } from './operations/metrics.ts'
import { startOperationsServer, type Operations } from './operations/operations-server.ts'
import { createPolicyStore, PolicyInvalidError, type ReloadResult } from './policy/index.ts'
import { loadServerCertificate } from './tls/server-certificate.ts'

export type ProxyOptions = {
  /** Where relative paths of the configuration start. */
  configurationDirectory: string
  /** Absolute, or relative to the working directory. Default: `dataDir` of the configuration. */
  dataDirectory?: string
  journal: Journal
  log: Logger
  /** Where secrets named by `env` are. Only the CLI reads the real environment, and passes it. */
  environment: Readonly<Record<string, string | undefined>>
  /** Default true. False where another part of the process serves the operations port: it asks `operations`. */
  serveOperations?: boolean
  network?: AuthenticatorOptions['network']
  /** Asks the other workers of this machine for the session of a cancel request, by their `cancelHere`. Left out: there are none. */
  cancelInOtherWorkers?: (request: CancelRequest) => Promise<boolean>
}

export type Proxy = {
  /** As bound. */
  readonly addresses: { postgres?: string; operations?: string }
  /** The certificate that clients see: with the self-signed one, their `sslrootcert`. */
  readonly certificateFile: string
  readonly operations: Operations
  reloadPolicies(): Promise<ReloadResult>
  /** A cancel request that another worker got. Whether a session here has its key; it is cancelled then. */
  cancelHere(request: CancelRequest): Promise<boolean>
  /** Stops accepting, gives sessions `drainMs` (default 0) to end by themselves, ends the others, and flushes. */
  close(options?: { drainMs?: number }): Promise<void>
}

/** How long sessions have for their last records and words. */
const endTimeoutMs = 5_000
const factsEntriesMax = 4_096
const factsBytesMax = 16 * 1024 * 1024

/** @throws GatetrailError CONFIG_INVALID, POLICY_INVALID, PORT_TAKEN, DIRECTORY_NOT_WRITABLE */
export async function startProxy(
  configuration: Configuration,
  options: ProxyOptions,
): Promise<Proxy> {
  const { configurationDirectory, journal, log } = options
  const dataDirectory = options.dataDirectory ?? configuration.dataDir
  const undo: (() => void | Promise<void>)[] = []
  const closeAll = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    await loadParser()
    const admission = createAdmission()
    const metrics = createMetrics({
      journalAccepting: () => journal.accepting,
      journalStatistics: () => figuresOf(journal),
      callersBeforeAuthentication: () => admission.taken,
    })
    undo.push(() => metrics.close())
    const rejections = createRejections(journal, log)
    undo.push(() => rejections.close())

    const onReload = (result: ReloadResult): void => {
      recordPolicies(result, journal, log)
      if (result.kind !== 'unchanged') metrics.policyLoaded(result.kind === 'loaded')
    }
    const policies = await createPolicyStore({
      patterns: configuration.policies,
      baseDirectory: configurationDirectory,
      onReload,
    })
    undo.push(() => policies.close())
    onReload({ kind: 'loaded', set: policies.current() })

    const authenticator = createAuthenticator(configuration.identity, {
      baseDirectory: configurationDirectory,
      log,
      ...(options.network === undefined ? {} : { network: options.network }),
    })
    undo.push(() => authenticator.close())

    const certificate = await loadServerCertificate(
      configuration.tls,
      { configuration: configurationDirectory, tls: join(dataDirectory, dataFiles.tls) },
      parseHostAndPort(configuration.listen.postgres).host,
    )
    const connections = new Map<string, PostgresConnection>()
    for (const connection of configuration.connections) {
      const secrets = { environment: options.environment, configurationDirectory }
      connections.set(connection.name, await prepareConnection(connection, secrets, metrics, log))
    }

    let shuttingDown = false
    const sessions = createSessions()
    const live = createLiveSessions()
    const postgres = await startPostgresAdapter({
      address: configuration.listen.postgres,
      admission,
      trustedProxies: configuration.listen.trustedProxies,
      peers: configuration.proxy.peers,
      cancelInOtherWorkers: options.cancelInOtherWorkers,
      dependencies: {
        connections,
        authenticator,
        bearerChallenge: bearerChallenge(configuration.identity.issuers),
        policies,
        journal,
        clock: systemClock,
        tls: certificate.context,
        live,
        cancelLimit: createCancelLimit(),
        rejections,
        metrics,
        log,
        facts: createFactsCache({ entriesMax: factsEntriesMax, bytesMax: factsBytesMax }),
        startRelay,
        fingerprintKey: await loadFingerprintKey(join(dataDirectory, dataFiles.keys)),
        sessionHoursMax: configuration.identity.sessionHoursMax,
        authenticationTimeoutMs: limits.beforeAuthentication.timeoutMs,
        sessions,
        shuttingDown: () => shuttingDown,
      },
    })
    undo.push(() => postgres.stopAccepting())

    const operations: Operations = {
      notReady: () => [
        ...(shuttingDown ? ['shutting down'] : []),
        ...(journal.accepting ? [] : [`the journal takes no new sessions${lastError(journal)}`]),
      ],
      metrics: async () => ({
        contentType: metrics.registry.contentType,
        text: await metrics.registry.metrics(),
      }),
    }
    const operationsServer =
      options.serveOperations === false
        ? undefined
        : await startOperationsServer(configuration.listen.operations, operations)
    if (operationsServer !== undefined) undo.push(() => operationsServer.close())

    let closing: Promise<void> | undefined
    const close = async (drainMs: number): Promise<void> => {
      shuttingDown = true
      postgres.stopAccepting()
      postgres.refuseWaiting()
      if (drainMs > 0) await sessions.empty(drainMs)
      sessions.terminateAll('shutdown')
      if (!(await sessions.empty(endTimeoutMs))) {
        log.warn({ sessions: sessions.size }, 'sessions did not end in time')
      }
      await closeAll()
    }
    return {
      addresses: {
        postgres: postgres.address,
        ...(operationsServer === undefined ? {} : { operations: operationsServer.address }),
      },
      certificateFile: certificate.certFile,
      operations,
      async reloadPolicies() {
        const result = await policies.reload()
        onReload(result)
        return result
      },
      async cancelHere({ processId, secret }) {
        const session = live.find(processId, secret)
        await session?.cancel()
        return session !== undefined
      },
      close: ({ drainMs = 0 } = {}) => (closing ??= close(drainMs)),
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function recordPolicies(result: ReloadResult, journal: Journal, log: Logger): void {
  try {
    switch (result.kind) {
      case 'loaded':
        for (const warning of result.set.warnings) log.warn({ warning }, 'policy warning')
        log.info({ policySet: result.set.hash }, 'policies loaded')
        journal.appendSystem('gatetrail.policy.loaded', {
          policySet: result.set.hash,
          policies: result.set.policies.map(({ id, file }) => ({ id, file })),
        })
        break
      case 'refused':
        log.error({ code: result.error.code }, `policies refused: ${result.error.message}`)
        journal.appendSystem('gatetrail.policy.refused', refusedEvent(result.error))
        break
      case 'unchanged':
        break
    }
  } catch (error) {
    if (!isGatetrailError(error)) throw error
    log.error({ code: error.code }, 'a reload of policies could not be put on record')
  }
}

function refusedEvent(error: GatetrailError): {
  file: string
  line?: number
  column?: number
  message: string
} {
  const place = error instanceof PolicyInvalidError ? error : undefined
  return {
    file: place?.file ?? '',
    ...(place?.line === undefined ? {} : { line: place.line }),
    ...(place?.column === undefined ? {} : { column: place.column }),
    message: error.message,
  }
}

/** The numbers and flags among what the journal says of itself. */
function figuresOf(journal: Journal): Record<string, number> {
  const figures: Record<string, number> = {}
  for (const [name, value] of Object.entries(journal.stats())) {
    if (typeof value === 'number') figures[name] = value
    else if (typeof value === 'boolean') figures[name] = value ? 1 : 0
  }
  return figures
}

function lastError(journal: Journal): string {
  const { lastError } = journal.stats()
  return lastError === undefined ? '' : `: ${lastError}`
}
