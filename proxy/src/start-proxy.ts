/**
 * Starts the proxy role: policies, identity, one listener per protocol that a connection uses, operations. It owns
 * everything but the journal, which its caller opens before and closes after it.
 */
import { join } from 'node:path'
import {
  openControlLog,
  RoleMetrics,
  systemClock,
  type ControlLog,
  type Journal,
} from '@gatetrail/eventlog'
import { Fingerprinter, Masking } from '@gatetrail/detect'
import {
  assert,
  dataFiles,
  isGatetrailError,
  limits,
  type Configuration,
  type GatetrailError,
} from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { cancelForAnother } from './adapters/postgres/answer-cancel.ts'
import { createLiveSessions, type CancelRequest } from './adapters/postgres/cancel/live-sessions.ts'
import { createCancelLimit } from './adapters/postgres/cancel/request-limit.ts'
import { prepareConnection, type PostgresConnection } from './adapters/postgres/connection.ts'
import { createFactsCache, loadParser } from './adapters/postgres/facts/index.ts'
import { bearerChallenge } from './adapters/postgres/front-door/bearer-message.ts'
import { createTouchQueue } from './adapters/postgres/recorder/touch-queue.ts'
import { ColumnKnowledge } from './adapters/postgres/masking/column-knowledge.ts'
import { startRelay } from './adapters/postgres/relay/start-relay.ts'
import { createSessions } from './adapters/postgres/sessions.ts'
import { startPostgresAdapter } from './adapters/postgres/start-adapter.ts'
import { readControlMetrics } from './control/control-metrics.ts'
import { startSessionControl } from './control/session-control.ts'
import { createDetection } from './detection/detection.ts'
import { createDrain } from './drain.ts'
import {
  createAuthenticator,
  type AuthenticatorOptions,
  type ClaimToken,
} from './identity/index.ts'
import { loadFingerprintKey } from './keys/fingerprint-key.ts'
import { loadFingerprintKeys } from './keys/fingerprint-keys.ts'
import { loadMaskingKey } from './keys/masking-key.ts'
import { parseHostAndPort } from './listener/address.ts'
import { createAdmission } from './listener/admission.ts'
import type { AcceptedElsewhere } from './listener/listen.ts'
import { createRejections } from './listener/rejections.ts'
import { createMetrics } from './operations/metrics.ts'
import { catalogueNotes, journalNotes } from './operations/service-notes.ts'
import { startOperationsServer, type Operations } from './operations/operations-server.ts'
import {
  createPolicyStore,
  policiesOnRecord,
  PolicyInvalidError,
  type ReloadResult,
} from './policy/index.ts'
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
  /** Of this process, with its version; closed with the proxy. Left out: the proxy makes its own. */
  metrics?: RoleMetrics
  /** Open; closed by its caller after the proxy. Left out: the proxy opens the files below its data directory. */
  control?: ControlLog
  /** Default true. False where another part of the process serves the operations port: it asks `operations`. */
  serveOperations?: boolean
  network?: AuthenticatorOptions['network']
  /** Of a worker: its supervisor accepts, and these bounds of callers before authentication are its share. */
  worker?: { accepted: AcceptedElsewhere; workers: number }
  /** Asks the other workers of this machine for the session of a cancel request, by their `cancelHere`. Left out: there are none. */
  cancelInOtherWorkers?: (request: CancelRequest) => Promise<boolean>
  /** Notes one-use tokens for all workers of this machine. Left out: there are none. */
  claimToken?: ClaimToken
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
  /**
   * Lets no more sessions in, gives those there are `drainMs` (default 0) to end by themselves, ends the others, and flushes.
   * Cancel requests are answered until then. A call without `drainMs` ends a drain that is under way.
   */
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
    const admission = createAdmission(...shareOfAdmission(options.worker?.workers ?? 1))
    const certificate = await loadServerCertificate(
      configuration.tls,
      { configuration: configurationDirectory, tls: join(dataDirectory, dataFiles.tls) },
      parseHostAndPort(configuration.listen.postgres).host,
    )
    const roleMetrics = options.metrics ?? new RoleMetrics('unknown')
    undo.push(() => roleMetrics.close())
    const metrics = createMetrics(roleMetrics, {
      journal,
      journalBytesMax: configuration.journal.bytesMax,
      callersBeforeAuthentication: () => admission.taken,
      certificateExpiresAtMs: () => certificate.expiresAtMs,
    })
    const rejections = createRejections(journal, log)
    undo.push(() => rejections.close())

    let policiesRefused: string | undefined
    const onReload = (result: ReloadResult): void => {
      recordPolicies(result, journal, log)
      if (result.kind === 'refused') {
        policiesRefused = `the policies were changed and refused, those before stay in force: ${result.error.message}`
      } else if (result.kind === 'loaded') policiesRefused = undefined
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
      ...(options.claimToken && { claimToken: options.claimToken }),
    })
    undo.push(() => authenticator.close())

    const secrets = { environment: options.environment, configurationDirectory }
    const fingerprintKey = await loadFingerprintKey(join(dataDirectory, dataFiles.keys))
    const [fingerprints] = await loadFingerprintKeys(
      configuration.fingerprint.keys,
      fingerprintKey,
      secrets,
    )
    if (configuration.fingerprint.keys.length === 0 && configuration.log) {
      log.warn('fingerprint.keys is not set: where machines do not share keys/fingerprint.key, audit subject finds nothing of others') // prettier-ignore
    }
    const connections = new Map<string, PostgresConnection>()
    for (const connection of configuration.connections) {
      connections.set(connection.name, await prepareConnection(connection, secrets, metrics, log))
    }

    let shuttingDown = false
    const drain = createDrain()
    const sessions = createSessions()
    // Before anybody is let in: what has been revoked by now is known.
    const controlLog = options.control ?? (await openFiles(configuration, dataDirectory, log))
    if (options.control === undefined) undo.push(() => controlLog.close())
    const control = startSessionControl({
      control: controlLog,
      sessions,
      journal,
      leaseSeconds: configuration.control.leaseSeconds,
      log,
    })
    undo.push(() => control.close())
    readControlMetrics(roleMetrics, controlLog, control)
    const live = createLiveSessions()
    const maskingKey = await loadMaskingKey(configuration.masking, join(dataDirectory, dataFiles.keys), secrets) // prettier-ignore
    const masking = new Masking(configuration.masking, maskingKey)
    if (maskingKey && !configuration.masking.key && configuration.log) {
      log.warn('masking.key is not set: other proxies give other tokens for the same value')
    }
    const detection = createDetection(configuration.detection, masking)
    const postgres = await startPostgresAdapter({
      address: configuration.listen.postgres,
      ...(options.worker && { accepted: options.worker.accepted }),
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
        cancelLimit: createCancelLimit(options.worker?.workers),
        rejections,
        metrics,
        log,
        facts: createFactsCache({ entriesMax: factsEntriesMax, bytesMax: factsBytesMax }),
        startRelay,
        fingerprintKey,
        touchQueue: createTouchQueue(new Fingerprinter(fingerprints.key), fingerprints.id),
        detection,
        knowledge: new ColumnKnowledge(detection),
        sessionHoursMax: configuration.identity.sessionHoursMax,
        authenticationTimeoutMs: limits.beforeAuthentication.timeoutMs,
        sessions,
        control,
        shuttingDown: () => shuttingDown,
      },
    })
    undo.push(() => postgres.stopAccepting())

    const operations: Operations = {
      notReady: () => [
        ...(shuttingDown ? [drain.note(sessions.size)] : []),
        ...journalNotes(journal, configuration.journal.bytesMax),
        ...control.notReady(),
      ],
      warnings: () => [
        ...control.warnings(),
        ...(policiesRefused === undefined ? [] : [policiesRefused]),
        ...catalogueNotes(connections.values()),
      ],
      metrics: async () => ({
        contentType: roleMetrics.contentType,
        text: await roleMetrics.text(),
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
      postgres.refuseWaiting()
      // The listener stays until the drain has ended: a cancel request for one of its sessions comes as a connection of its own.
      await drain.run(sessions.empty(drainMs), drainMs)
      postgres.stopAccepting()
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
      cancelHere: (request) => cancelForAnother(request, { live, metrics }),
      close: ({ drainMs = 0 } = {}) => {
        if (closing !== undefined && drainMs === 0) drain.end()
        return (closing ??= close(drainMs))
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** @throws GatetrailError CONFIG_INVALID, DIRECTORY_NOT_WRITABLE */
function openFiles(
  configuration: Configuration,
  dataDirectory: string,
  log: Logger,
): Promise<ControlLog> {
  // What is said there would never reach the files.
  assert(configuration.log === undefined, 'with log.kafka the control log is given')
  return openControlLog({
    trustedKeys: configuration.control.trustedKeys,
    keysDirectory: join(dataDirectory, dataFiles.keys),
    directory: join(dataDirectory, dataFiles.control),
    log,
  })
}

/** So that the limits of a machine hold in all its workers together: up to 20 of them, since each may let in one caller. */
function shareOfAdmission(workers: number): [connectionsMax: number, perAddressMax: number] {
  const { connectionsMax, connectionsPerAddressMax } = limits.beforeAuthentication
  const share = (max: number): number => Math.max(1, Math.floor(max / workers))
  return [share(connectionsMax), share(connectionsPerAddressMax)]
}

function recordPolicies(result: ReloadResult, journal: Journal, log: Logger): void {
  try {
    switch (result.kind) {
      case 'loaded':
        for (const warning of result.set.warnings) log.warn({ warning }, 'policy warning')
        log.info({ policySet: result.set.hash }, 'policies loaded')
        journal.appendSystem('gatetrail.policy.loaded', {
          policySet: result.set.hash,
          policies: policiesOnRecord(result.set.policies),
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
