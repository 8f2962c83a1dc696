/** Reads a secret from where the configuration says it is. The value is never logged and never stands in an error. */
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { GatetrailError, type Secret } from '@gatetrail/schemas'

export type SecretSources = {
  environment: Readonly<Record<string, string | undefined>>
  configurationDirectory: string
}

export type ResolvedSecret = { value: string; source: 'env' | 'file' | 'vault' | 'trust' }

const secretBytesMax = 4096

/** No secret, or an empty one, means that the target trusts us. @throws GatetrailError CREDENTIAL_UNAVAILABLE */
export async function resolveSecret(
  secret: Secret | undefined,
  sources: SecretSources,
): Promise<ResolvedSecret> {
  if (secret === undefined) return { value: '', source: 'trust' }
  if ('env' in secret) {
    const value = sources.environment[secret.env]
    if (value === undefined) {
      throw unavailable(`the environment variable ${secret.env} is not set`, 'Set it, and restart.')
    }
    return checked(value, 'env')
  }
  if ('file' in secret) {
    const path = isAbsolute(secret.file)
      ? secret.file
      : join(sources.configurationDirectory, secret.file)
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (cause) {
      throw unavailable(
        `the secret file ${secret.file} cannot be read`,
        'Check the path and who may read it.',
        cause,
      )
    }
    return checked(text.replace(/\r?\n$/, ''), 'file')
  }
  throw unavailable(
    'secrets from Vault are not supported yet',
    'Use `env` or `file` for this secret.',
  )
}

function checked(value: string, source: 'env' | 'file'): ResolvedSecret {
  if (Buffer.byteLength(value) > secretBytesMax || value.includes('\0')) {
    throw unavailable('the secret is longer than 4096 bytes or holds a NUL', 'Check what it holds.')
  }
  return value === '' ? { value, source: 'trust' } : { value, source }
}

function unavailable(message: string, hint: string, cause?: unknown): GatetrailError {
  return new GatetrailError('CREDENTIAL_UNAVAILABLE', message, { hint, cause })
}
