/**
 * Which processes a command starts, which addresses they listen on, and in which order they end: what makes records first,
 * then what takes them in, then what carries them away. Pure.
 */
import { unreachable, type Configuration } from '@gatetrail/schemas'
import type { RoleName } from './messages.ts'
import type { ListenSetting } from './ports.ts'

/** `gatetrail up | proxy | ingest | replay`. */
export type PlatformCommand = 'up' | 'proxy' | 'ingest' | 'replay'

export type PlannedProcess = {
  role: RoleName
  /** What it is called in messages, logs and metrics: the role, or `proxy-2`. */
  label: string
  /** From 1; only where several share the listeners. */
  worker?: number
  /** Whether nobody is served without it. Sessions go on without a shipper: their records wait in the journal. */
  essential: boolean
}

export type Plan = {
  /** In the order of their start. */
  processes: PlannedProcess[]
  /** How many proxies share the listeners; 1: it has them itself. */
  workers: number
  listens: ListenSetting[]
  /** Processes of one stage end at the same time. */
  stopStages: { roles: RoleName[]; deadlineMs: number }[]
}

/** Without the drain of the first stage, each less than what is left of ten seconds. */
const proxyStopMsMax = 5_300
const othersStopMsMax = 4_000
/** For the last records of this machine; what Kafka has not taken by then is shipped at the next start. */
const shipperStopMsMax = 15_000

export function planOf(
  command: PlatformCommand,
  { log, proxy }: Pick<Configuration, 'log' | 'proxy'>,
  machine: { demo: boolean; cores: number },
): Plan {
  const single = (role: RoleName): PlannedProcess => ({ role, label: role, essential: true })
  const shipper: PlannedProcess[] =
    log === undefined ? [] : [{ ...single('shipper'), essential: false }]
  const workers = proxy.workers === 'auto' ? Math.max(1, machine.cores) : proxy.workers
  const proxies = workersOf(workers)
  switch (command) {
    case 'up':
      return {
        processes: [
          ...(machine.demo ? [single('demo')] : []),
          single('audit'),
          ...proxies,
          ...shipper,
        ],
        workers,
        listens: ['postgres', 'replay', 'operations'],
        stopStages: [
          { roles: ['proxy'], deadlineMs: proxyStopMsMax },
          { roles: ['audit', 'demo'], deadlineMs: othersStopMsMax },
          ...(log === undefined
            ? []
            : [{ roles: ['shipper' as const], deadlineMs: shipperStopMsMax }]),
        ],
      }
    case 'proxy':
      return {
        processes: [...proxies, ...shipper],
        workers,
        listens: ['postgres', 'operations'],
        stopStages: [
          { roles: ['proxy'], deadlineMs: proxyStopMsMax },
          { roles: ['shipper'], deadlineMs: shipperStopMsMax },
        ],
      }
    case 'ingest':
      return alone('ingest', ['operations'])
    case 'replay':
      return alone('replay', ['replay', 'operations'])
    default:
      return unreachable(command)
  }
}

/** These ship their own records, from within. */
function alone(role: 'ingest' | 'replay', listens: ListenSetting[]): Plan {
  return {
    processes: [{ role, label: role, essential: true }],
    workers: 1,
    listens,
    stopStages: [{ roles: [role], deadlineMs: shipperStopMsMax }],
  }
}

function workersOf(count: number): PlannedProcess[] {
  if (count === 1) return [{ role: 'proxy', label: 'proxy', essential: true }]
  return Array.from({ length: count }, (_, index) => ({
    role: 'proxy' as const,
    label: `proxy-${index + 1}`,
    worker: index + 1,
    essential: true,
  }))
}
