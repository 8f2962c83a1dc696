/** A key of 32 bytes that the configuration names, in base64. For fingerprint-keys.ts and masking-key.ts. */
import { GatetrailError, type Secret } from '@gatetrail/schemas'
import { resolveSecret, type SecretSources } from '../credentials/resolve-secret.ts'
import { keyBytes } from './local-key.ts'

/**
 * `name`: of the setting, for whoever has to mend it.
 * @throws GatetrailError CREDENTIAL_UNAVAILABLE, CONFIG_INVALID: never with a key in its text
 */
export async function resolveKey(
  secret: Secret,
  sources: SecretSources,
  name: string,
  hint: string,
): Promise<Uint8Array> {
  const { value } = await resolveSecret(secret, sources)
  const key = Buffer.from(value.trim(), 'base64')
  if (key.length !== keyBytes) {
    throw new GatetrailError('CONFIG_INVALID', `${name} is not 32 bytes in base64`, { hint })
  }
  return key
}
