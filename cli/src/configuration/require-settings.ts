/** What a role on its own machine cannot do without. `gatetrail up` needs none of it: it has the journals and chDB. Pure. */
import { GatetrailError, type Configuration } from '@gatetrail/schemas'

export type StandaloneRole = 'proxy' | 'ingest' | 'replay'

const reasons: Record<StandaloneRole, { kafka: string; store?: string }> = {
  proxy: { kafka: 'ships its journals there' },
  ingest: { kafka: 'takes records from there', store: 'stores them there' },
  replay: { kafka: 'puts its own records and the control log there', store: 'asks it' },
}

/** @throws GatetrailError CONFIG_INVALID */
export function requireSettings(
  role: StandaloneRole,
  { log, store }: Configuration,
  shownFile: string,
): void {
  const { kafka, store: toTheStore } = reasons[role]
  const missing = [
    ...(log === undefined ? [`log.kafka, since it ${kafka}`] : []),
    ...(toTheStore !== undefined && store === undefined ? [`store, since it ${toTheStore}`] : []),
  ]
  if (missing.length === 0) return
  throw new GatetrailError(
    'CONFIG_INVALID',
    `${shownFile}:1:1: gatetrail ${role} needs ${missing.join('; and ')}`,
    {
      hint: 'Set it (docs/configuration.md), or run all of it on one machine: gatetrail up --config FILE.',
    },
  )
}
