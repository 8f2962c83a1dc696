/** From `store` and `retention` of the configuration to what a connection to the ClickHouse server needs: secrets are read here. */
import type { ServerStoreSettings } from '@gatetrail/ingest'
import { resolveSecret, type SecretSources } from '@gatetrail/proxy'
import type { Configuration, RetentionDays, StoreConfiguration } from '@gatetrail/schemas'

/** @throws GatetrailError CREDENTIAL_UNAVAILABLE */
export async function readStoreSettings(
  { password, reader, caFile, cluster, ...store }: StoreConfiguration,
  retention: Configuration['retention'],
  sources: SecretSources,
  /** `reader`: the password of who writes is not even read. */
  as: 'writer' | 'reader',
): Promise<ServerStoreSettings> {
  const ofReader = reader && {
    user: reader.user,
    password: (await resolveSecret(reader.password, sources)).value,
  }
  const onlyReads = as === 'reader' && ofReader !== undefined
  return {
    ...store,
    ...(onlyReads ? ofReader : { password: (await resolveSecret(password, sources)).value }),
    ...(ofReader && { reader: ofReader }),
    ...(caFile !== undefined && { caFile }),
    ...(cluster !== undefined && { cluster }),
    retentionDays: retentionDaysOf(retention),
  }
}

export function retentionDaysOf(retention: Configuration['retention']): RetentionDays {
  const { recordsDays, contentsDays, statementsDays } = retention
  return { records: recordsDays, contents: contentsDays, statements: statementsDays }
}
