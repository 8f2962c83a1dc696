/** The key of tokens and format-preserving masks: that of the configuration, else one that is made in dataDir/keys. */
import { GatetrailError, type MaskingConfiguration } from '@gatetrail/schemas'
import { resolveSecret, type SecretSources } from '../credentials/resolve-secret.ts'
import { keyBytes, loadLocalKey } from './local-key.ts'

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
  const { value } = await resolveSecret(masking.key, sources)
  const key = Buffer.from(value.trim(), 'base64')
  if (key.length !== keyBytes) {
    throw new GatetrailError('CONFIG_INVALID', 'masking.key is not 32 bytes in base64', {
      hint: 'Make one with `openssl rand -base64 32`, and give it to every proxy.',
    })
  }
  return key
}
