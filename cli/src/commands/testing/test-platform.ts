/** For tests of commands: the audit process of one machine (journals, ingest, chDB, replay API) in this one, and commands that ask it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInRules, Fingerprinter } from '@gatetrail/detect'
import {
  loadSigningKey,
  openControlPublisher,
  openJournal,
  type Journal,
  type SessionStamp,
} from '@gatetrail/eventlog'
import {
  openEmbeddedStore,
  startIngest,
  type IngestWithScan,
  type ScanRules,
  type Store,
} from '@gatetrail/ingest'
import { startReplay, type ReplayOptions, type ReplayServer } from '@gatetrail/replay-server'
import { configurationSchema, type Configuration, type Principal } from '@gatetrail/schemas'
import { Command } from 'commander'
import picocolors from 'picocolors'
import { pino } from 'pino'
import type { CommandContext } from '../context.ts'

export const localToken = 'local-token-of-the-test'

export const ciJob: Principal = {
  kind: 'ci_job',
  issuer: 'ci',
  subject: 'repo:acme/train',
  groups: ['ml-training'],
  run: { provider: 'github', id: '4711', workflow: 'nightly-train' },
}

export type TestPlatform = {
  /** As a proxy writes it. */
  readonly proxy: Journal
  /** Of the audit process. */
  readonly audit: Journal
  /** With what sessions are scanned. */
  readonly scanRules: ScanRules | undefined
  readonly directory: string
  readonly store: Store
  readonly ingest: IngestWithScan
  readonly replay: ReplayServer
  /** What the server logged. */
  readonly logged: string[]
  run(register: Register, ...words: string[]): Promise<Ran>
  close(): Promise<void>
}

type Register = (program: Command, context: CommandContext) => void
export type Ran = { lines: string[]; notes: string[]; error: unknown }

/** One connection that nobody opens; the API on a free port. */
export function testConfiguration(dataDir: string, tenant = 'default'): Configuration {
  return configurationSchema.parse({
    dataDir,
    tenant,
    listen: { replay: '127.0.0.1:0' },
    identity: { issuers: [{ name: 'ci', issuer: 'https://ci.example.com', audience: 'gatetrail', principals: [{ kind: 'ci_job' }] }] },
    connections: [{ name: 'orders', protocol: 'postgres', address: '127.0.0.1:5432', database: 'orders', credential: { user: 'app' } }],
    web: { roles: { auditor: ['auditors'], approver: ['dba'], admin: ['platform'] } },
    policies: ['*.cedar'],
  }) // prettier-ignore
}

/** A journal below the directory, with the key of its writers. */
export async function openTestJournal(
  directory: string,
  role: 'proxy' | 'audit',
): Promise<Journal> {
  return openJournal({
    directory: join(directory, 'journal'),
    signingKey: await loadSigningKey(join(directory, 'keys')),
    role,
    version: '0.1.0',
    tenant: 'default',
    durability: 'write',
    bytesMax: 2 ** 30,
    sessionBytesMax: 2 ** 30,
    positionsDirectory: join(directory, 'ingest'),
    heartbeatIntervalMs: 200,
  })
}

export async function startTestPlatform(
  fingerprintKeys: ReplayOptions['fingerprintKeys'],
  /** Of the questions; what is written here is of the tenant `default`. */
  tenant?: string,
  /** By their token. */
  callers: Readonly<Record<string, Principal>> = {},
): Promise<TestPlatform> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-platform-'))
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => void logged.push(line) })
  const configuration = testConfiguration(directory, tenant)
  const proxy = await openTestJournal(directory, 'proxy')
  const audit = await openTestJournal(directory, 'audit')
  const store = await openEmbeddedStore(join(directory, 'chdb'))
  const [key] = fingerprintKeys
  const scan = key && {
    ruleset: builtInRules,
    fingerprinter: new Fingerprinter(key.key),
    keyId: key.id,
  }
  const ingest = await startIngest({
    ...{ configuration, store, journal: audit, log },
    ...(scan && { scan }),
  })
  const control = await openControlPublisher({
    trustedKeys: [],
    keysDirectory: join(directory, 'keys'),
    directory: join(directory, 'control'),
    log,
  })
  const replay = await startReplay({
    configuration,
    read: store.read,
    journal: audit,
    journalDirectory: join(directory, 'journal'),
    keysDirectory: join(directory, 'keys'),
    ingest,
    control,
    fingerprintKeys,
    localToken,
    authenticator: {
      verify(token) {
        const principal = callers[token]
        if (principal === undefined) return Promise.reject(new Error('no such token here'))
        return Promise.resolve({ principal, expiresAt: 2 ** 31 })
      },
    },
    log,
  })
  return {
    ...{ proxy, audit, scanRules: scan, directory, store, ingest, replay, logged },
    async run(register, ...words) {
      const ran: Ran = { lines: [], notes: [], error: undefined }
      const context: CommandContext = {
        environment: { GATETRAIL_URL: `http://${replay.address}`, GATETRAIL_TOKEN: localToken },
        workingDirectory: directory,
        print: (line) => void ran.lines.push(line),
        note: (line) => void ran.notes.push(line),
        colors: picocolors.createColors(false),
      }
      const program = new Command().exitOverride()
      register(program, context)
      try {
        await program.parseAsync(words, { from: 'user' })
      } catch (error) {
        ran.error = error
      }
      return ran
    },
    async close() {
      await replay.close()
      await control.log.close()
      await ingest.close()
      await store.close()
      await audit.close('shutdown')
      await proxy.close('shutdown')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Resolves once what was appended is on record. */
export function written(journal: Journal, stamp: SessionStamp): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.afterWrite(stamp, 'command', (error) =>
      error === undefined ? resolve() : reject(error),
    )
  })
}
