/**
 * The keys of fingerprints of values (docs/fingerprints.md): those of the configuration, the first of which makes fingerprints while
 * the others find older ones; else the key in dataDir/keys, under the name `local`.
 */
import { GatetrailError, type Configuration } from '@gatetrail/schemas'
import type { SecretSources } from '../credentials/resolve-secret.ts'
import { resolveKey } from './configured-key.ts'

export type FingerprintKey = {
  /** Recorded with each fingerprint. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** The first makes fingerprints. Never empty. */
export type FingerprintKeys = readonly [FingerprintKey, ...FingerprintKey[]]

export const localKeyId = 'local'

/**
 * `local`: of dataDir/keys (fingerprint-key.ts). It finds what was recorded before keys were configured, too.
 * @throws GatetrailError CREDENTIAL_UNAVAILABLE, CONFIG_INVALID: never with a key in its text
 */
export async function loadFingerprintKeys(
  configured: Configuration['fingerprint']['keys'],
  local: Uint8Array,
  sources: SecretSources,
): Promise<FingerprintKeys> {
  const keys: FingerprintKey[] = []
  for (const { id, secret } of configured) {
    if (id === localKeyId || keys.some((known) => known.id === id))
      throw invalid(id, id === localKeyId ? 'is the name of the key in dataDir' : 'is there twice')
    keys.push({ id, key: await resolveKey(secret, sources, nameOf(id), hint) })
  }
  const [first, ...others] = keys
  const last: FingerprintKey = { id: localKeyId, key: local }
  return first === undefined ? [last] : [first, ...others, last]
}

const hint = 'Make one with `openssl rand -base64 32`, and give each an id of its own.'

function nameOf(id: string): string {
  return `the key ${id} of fingerprint.keys`
}

function invalid(id: string, what: string): GatetrailError {
  return new GatetrailError('CONFIG_INVALID', `${nameOf(id)} ${what}`, { hint })
}
