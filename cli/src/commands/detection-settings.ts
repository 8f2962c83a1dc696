/** What detect and mask look for and how they mask: as the configuration says, else everything built in. */
import { dirname, join } from 'node:path'
import { builtInRules, createRuleset, Masking, type Ruleset } from '@gatetrail/detect'
import { dataFiles, GatetrailError, type MaskingStyle } from '@gatetrail/schemas'
import type { CommandContext } from './context.ts'

/** @throws CONFIG_NOT_FOUND, CONFIG_INVALID */
export async function rulesOf(
  configurationFile: string | undefined,
  context: CommandContext,
): Promise<Ruleset> {
  if (configurationFile === undefined) return builtInRules
  const { loadConfiguration } = await import('../configuration/load.ts')
  const { configuration } = await loadConfiguration(configurationFile, context.workingDirectory)
  return createRuleset(configuration.detection)
}

/**
 * `style`: for all entities, whatever the configuration says of them. With a configuration, tokens are those that its proxy makes.
 * @throws CONFIG_NOT_FOUND, CONFIG_INVALID, CREDENTIAL_UNAVAILABLE, USAGE if a style needs a key and there is none
 */
export async function maskingOf(
  configurationFile: string | undefined,
  style: MaskingStyle | undefined,
  context: CommandContext,
): Promise<Masking> {
  if (configurationFile === undefined) {
    if (style === 'token' || style === 'format_preserving') {
      throw new GatetrailError('USAGE', `${style} needs a key`, {
        hint: 'Name the configuration that has it: --config gatetrail.yaml',
      })
    }
    return new Masking({ default: style ?? 'same_length', styles: {} })
  }
  // Loaded here: both bring half the platform.
  const { loadConfiguration } = await import('../configuration/load.ts')
  const { loadMaskingKey } = await import('@gatetrail/proxy')
  const { configuration, file } = await loadConfiguration(
    configurationFile,
    context.workingDirectory,
  )
  const masking =
    style === undefined
      ? configuration.masking
      : { ...configuration.masking, default: style, styles: {} }
  const key = await loadMaskingKey(masking, join(configuration.dataDir, dataFiles.keys), {
    environment: context.environment,
    configurationDirectory: dirname(file),
  })
  return new Masking(masking, key)
}
