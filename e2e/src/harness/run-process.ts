/** Runs a stock client or the gatetrail command to its end, with a bound on time and output. */
import { spawn } from 'node:child_process'

export type Finished = {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export type RunOptions = {
  env?: Record<string, string>
  input?: string
  cwd?: string
  timeoutMs?: number
  /** Called with the pid once it runs. */
  onStart?: (pid: number) => void
}

const outputBytesMax = 256 * 1024 * 1024

export function runProcess(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { env = {}, input, cwd, timeoutMs = 60_000, onStart } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    })
    const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    let bytes = 0
    const collect = (to: Buffer[]) => (part: Buffer) => {
      bytes += part.length
      if (bytes <= outputBytesMax) to.push(part)
    }
    child.stdout.on('data', collect(parts.stdout))
    child.stderr.on('data', collect(parts.stderr))
    child.stdin.on('error', () => undefined) // It may end before it has read everything.
    child.once('error', reject)
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const [stdout, stderr] = [parts.stdout, parts.stderr].map((list) =>
        Buffer.concat(list).toString('utf8'),
      )
      resolve({ code, signal, stdout: stdout ?? '', stderr: stderr ?? '' })
    })
    if (child.pid !== undefined) onStart?.(child.pid)
    child.stdin.end(input ?? '')
  })
}
