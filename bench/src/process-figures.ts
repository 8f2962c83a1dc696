/** CPU time and peak memory of other processes, from /proc (Linux; proc(5)). Elsewhere: undefined. */
import { readFileSync } from 'node:fs'

const clockTicksPerSecond = 100

/** User and system time of the process so far, s. */
export function cpuSeconds(processId: number): number | undefined {
  const stat = readProc(processId, 'stat')
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

/** The most memory that the process ever held (VmHWM), MiB. */
export function peakMemoryMiB(processId: number): number | undefined {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(processId, 'status') ?? '')
  return line === null ? undefined : Number(line[1]) / 1024
}

/** Children of a process, with their command lines. */
export function childrenOf(processId: number): { processId: number; command: string }[] {
  const text = readProc(processId, `task/${processId}/children`)
  return (text ?? '')
    .split(' ')
    .filter((word) => word.trim() !== '')
    .map(Number)
    .map((child) => ({
      processId: child,
      command: (readProc(child, 'cmdline') ?? '').replaceAll('\0', ' '),
    }))
}

function readProc(processId: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${processId}/${file}`, 'utf8')
  } catch {
    return undefined // Not Linux, or the process has ended: there is no figure.
  }
}
