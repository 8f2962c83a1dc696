/** What the replay server is given: it opens nothing itself and reads no environment. */
import type { ClickHouseClient } from '@clickhouse/client'
import type { ControlLog, ControlPublisher, Journal, RoleMetrics } from '@gatetrail/eventlog'
import type { Configuration, DeadLetterReason, Principal } from '@gatetrail/schemas'
import type { FastifyBaseLogger } from 'fastify'

/** What it needs of ingest, whatever process that is in. */
export type IngestPort = {
  /** Shown under /api/status and with every answer, as it is. */
  status(): object
  /** Resolves once everything that is on record now is in the store. */
  idle(): Promise<void>
  /** Derives all tables but `records` anew. */
  rebuild(progress?: (progress: object) => void): Promise<object>
  /** Takes dead letters again, all or those of one reason. */
  redrive(
    options: { reason?: DeadLetterReason },
    progress?: (progress: object) => void,
  ): Promise<object>
  /** Looks at recorded sessions with today's detectors. Left out: it is not in this process. */
  scan?(
    options: { since: Date; until?: Date; connection?: string; dryRun?: boolean },
    progress: (progress: object) => void,
    signal: AbortSignal,
  ): Promise<object>
}

/** Verifies bearer tokens of the configured issuers. @throws GatetrailError TOKEN_*, ISSUER_*, PRINCIPAL_UNMATCHED */
export type TokenVerifier = {
  verify(
    token: string,
    nowMs: number,
  ): Promise<{ principal: Principal; expiresAt: number; tokenId?: string }>
}

export type ReplayOptions = {
  configuration: Configuration
  /** A connection of its own, for questions only. */
  read: ClickHouseClient
  /** Every read of audit data becomes a gatetrail.audit.read here. */
  journal: Pick<Journal, 'writer' | 'system' | 'appendSystem' | 'afterWrite'> &
    Partial<Pick<Journal, 'stats'>>
  journalDirectory: string
  keysDirectory: string
  /** Where ingest keeps its positions; default: `ingest` beside the journal. */
  positionsDirectory?: string
  /** The built web app; left out: only the API is served. */
  webRoot?: string
  ingest: IngestPort
  /** What proxies are told; opened and closed by the caller (`openControlPublisher`). */
  control: { log: ControlLog; publisher: ControlPublisher }
  /** Of fingerprints of values, newest first: a value is looked for by all of them. */
  fingerprintKeys: readonly { readonly id: string; readonly key: Uint8Array }[]
  /** Opens the API to who can read the data directory, as admin `local`. */
  localToken: string
  /** Of `web.login`; resolved by the caller. */
  loginClientSecret?: string
  authenticator: TokenVerifier
  /** Of this process. Left out: nothing is counted. */
  metrics?: RoleMetrics
  log: FastifyBaseLogger
  nowMs?: () => number
}
