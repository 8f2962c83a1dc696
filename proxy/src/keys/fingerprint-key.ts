/** The key of fingerprints that is made where none is configured. */
import { loadLocalKey } from './local-key.ts'

const hint = 'Restore it from a backup: with another key, earlier fingerprints match nothing.'

/** @throws GatetrailError DIRECTORY_NOT_WRITABLE, CONFIG_INVALID (a file that holds something else) */
export function loadFingerprintKey(keysDirectory: string): Promise<Uint8Array> {
  return loadLocalKey(keysDirectory, 'fingerprint.key', hint)
}
