/** The key of tokens and format-preserving masks: that of the configuration, else one that is made in dataDir/keys. */
import type { MaskingConfiguration } from '@gatetrail/schemas'
import type { SecretSources } from '../credentials/resolve-secret.ts'
import { resolveKey } from './configured-key.ts'
import { loadLocalKey } from './local-key.ts'

const makeHint = 'Make one with `openssl rand -base64 32`, and give it to every proxy.'
const hint = 'Restore it from a backup: with another key, the same values get other tokens.'

/**
 * Undefined: no style needs one.
 * @throws GatetrailError CREDENTIAL_UNAVAILABLE, CONFIG_INVALID (never with a key in its text), DIRECTORY_NOT_WRITABLE
 */
export async function loadMaskingKey(
  masking: MaskingConfiguration,
  keysDirectory: string,
  sources: SecretSources,
): Promise<Uint8Array | undefined> {
  const styles = [masking.default, ...Object.values(masking.styles)]
  if (!styles.includes('token') && !styles.includes('format_preserving')) return undefined
  if (masking.key === undefined) return loadLocalKey(keysDirectory, 'masking.key', hint)
  return resolveKey(masking.key, sources, 'masking.key', makeHint)
}
