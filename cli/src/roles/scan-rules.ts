/** With what recorded sessions are scanned: today's detectors, and the key that makes fingerprints. */
import { dirname, join } from 'node:path'
import { createRuleset, Fingerprinter } from '@gatetrail/detect'
import type { ScanRules } from '@gatetrail/ingest'
import { loadFingerprintKey, loadFingerprintKeys } from '@gatetrail/proxy'
import { dataFiles } from '@gatetrail/schemas'
import type { RoleContext } from './run-role.ts'

/** @throws GatetrailError CREDENTIAL_UNAVAILABLE, CONFIG_INVALID, DIRECTORY_NOT_WRITABLE */
export async function scanRules({
  configuration,
  configurationFile,
  environment,
}: Pick<RoleContext, 'configuration' | 'configurationFile' | 'environment'>): Promise<ScanRules> {
  const [{ id, key }] = await loadFingerprintKeys(
    configuration.fingerprint.keys,
    await loadFingerprintKey(join(configuration.dataDir, dataFiles.keys)),
    { environment, configurationDirectory: dirname(configurationFile) },
  )
  return {
    ruleset: createRuleset(configuration.detection),
    fingerprinter: new Fingerprinter(key),
    keyId: id,
  }
}
