/** From `store` of the configuration to what a connection to the ClickHouse server needs: files and secrets are read here. */
import { resolveSecret, type SecretSources } from '@gatetrail/proxy'
import type { Secret, StoreConfiguration } from '@gatetrail/schemas'
import { readPem } from './kafka-settings.ts'

export type StoreSettings = Omit<StoreConfiguration, 'password' | 'reader' | 'caFile'> & {
  /** Empty: the user has none. */
  password: string
  /** PEM text. */
  ca?: string
}

/**
 * @param as `writer`: the user that ingests; `reader`: the one of `store.reader`, if there is one
 * @throws GatetrailError CONFIG_INVALID (a file that cannot be read), CREDENTIAL_UNAVAILABLE
 */
export async function readStoreSettings(
  store: StoreConfiguration,
  as: 'writer' | 'reader',
  sources: SecretSources,
): Promise<StoreSettings> {
  const { password, reader, caFile, ...rest } = store
  const login: { user: string; password?: Secret | undefined } =
    as === 'reader' && reader !== undefined ? reader : { user: store.user, password }
  return {
    ...rest,
    user: login.user,
    password: (await resolveSecret(login.password, sources)).value,
    ...(caFile !== undefined && { ca: await readPem(caFile, 'store.caFile') }),
  }
}
