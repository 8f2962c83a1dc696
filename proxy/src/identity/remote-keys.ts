/**
 * The keys of an issuer that publishes them: by discovery or at a configured address. Rotation is transparent (an unknown
 * `kid` fetches again, at most every 30 s); an outage is bridged for 10 minutes, then no token of the issuer is accepted.
 */
import { GatetrailError, limits, type IssuerConfiguration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { z } from 'zod'
import { issuerClassOf } from './address-rule.ts'
import {
  createGuardedRequest,
  type GuardedRequest,
  type NetworkOptions,
} from './guarded-request.ts'
import { parseKeySet, type KeySet } from './key-set.ts'

export type KeySource = {
  /** The keys now. @throws GatetrailError ISSUER_UNAVAILABLE, ISSUER_ADDRESS_REFUSED */
  current(): Promise<KeySet>
  /** After a key wasn't found: newer keys, or undefined if there can be none yet. Throws like `current`. */
  afterUnknownKey(tried: KeySet): Promise<KeySet | undefined>
  close(): Promise<void>
}

/** Keys older than this are fetched again in the background, so that a withdrawn key is soon gone. */
const freshMsMax = 300_000
/** After a failed fetch, for this long the failure is the answer. */
const retryAfterMs = 1_000

type Fetched = { readonly keys: KeySet; readonly atMs: number }

/** `monotonicMs`: a clock that nobody sets. */
export function createRemoteKeys(
  issuer: IssuerConfiguration,
  options: { monotonicMs: () => number; log: Logger; network?: NetworkOptions | undefined },
): KeySource {
  const { monotonicMs, log } = options
  const client = createGuardedRequest(issuerClassOf(issuer.issuer), options.network)
  let fetched: Fetched | undefined
  let failed: { error: unknown; atMs: number } | undefined
  let running: Promise<KeySet> | undefined
  let unknownKeyAtMs = -Infinity

  const fetchKeys = async (): Promise<KeySet> => {
    try {
      const keys = await fetchKeySet(issuer, client)
      fetched = { keys, atMs: monotonicMs() }
      failed = undefined
      return keys
    } catch (error) {
      failed = { error, atMs: monotonicMs() }
      const code = error instanceof GatetrailError ? error.code : 'ISSUER_UNAVAILABLE'
      log.warn({ issuer: issuer.name, code }, 'could not fetch the keys of an issuer')
      throw error
    } finally {
      running = undefined
    }
  }
  // One at a time, whoever asks.
  const fetchOnce = (): Promise<KeySet> => (running ??= fetchKeys())

  return {
    async current() {
      const nowMs = monotonicMs()
      const mayFetch = failed === undefined || nowMs - failed.atMs >= retryAfterMs
      if (fetched !== undefined && nowMs - fetched.atMs < limits.jwks.staleMsMax) {
        // Logged where it fails; these keys serve on until they are too old.
        if (mayFetch && nowMs - fetched.atMs >= freshMsMax) fetchOnce().catch(() => undefined)
        return fetched.keys
      }
      if (running === undefined && !mayFetch) throw failed?.error
      return fetchOnce()
    },
    async afterUnknownKey(tried) {
      if (fetched !== undefined && fetched.keys !== tried) return fetched.keys
      const nowMs = monotonicMs()
      if (running === undefined) {
        if (nowMs - unknownKeyAtMs < limits.jwks.refetchUnknownKidMs) return undefined
        unknownKeyAtMs = nowMs
      }
      return fetchOnce()
    },
    close: () => client.close(),
  }
}

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.string().max(2048) })

async function fetchKeySet(issuer: IssuerConfiguration, client: GuardedRequest): Promise<KeySet> {
  const address = issuer.jwksUri ?? (await discover(issuer, client))
  return parseKeySet(await client.getJson(address), `The key document of the issuer ${issuer.name}`)
}

/** OpenID Connect Discovery 1.0 §4. */
async function discover(issuer: IssuerConfiguration, client: GuardedRequest): Promise<string> {
  const base = issuer.issuer.replace(/\/$/, '')
  const document = discoverySchema.safeParse(
    await client.getJson(`${base}/.well-known/openid-configuration`),
  )
  // §4.3: else one tenant's document could hand out another's keys.
  if (!document.success || document.data.issuer !== issuer.issuer) {
    throw new GatetrailError(
      'ISSUER_UNAVAILABLE',
      `The discovery document of the issuer ${issuer.name} is not for ${issuer.issuer}.`,
      { hint: "Write `issuer` exactly as the document's own issuer, or give jwksUri or jwksFile." },
    )
  }
  return document.data.jwks_uri
}
