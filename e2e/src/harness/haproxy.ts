/** A real TCP balancer: HAProxy, in the foreground, with a listener over some servers. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const haproxyWorks: boolean = spawnSync('haproxy', ['-v']).status === 0

export type Balancer = {
  readonly port: number
  /** What it said. */
  readonly output: string
  close(): Promise<void>
}

const upMsMax = 20_000

/** Round-robin over `servers` (ports of loopback). `serverOptions`: what stands behind each of them, such as send-proxy-v2. */
export async function startBalancer(
  directory: string,
  port: number,
  servers: readonly number[],
  serverOptions = 'send-proxy-v2 check inter 500 check-send-proxy',
): Promise<Balancer> {
  const file = join(directory, `haproxy-${port}.cfg`)
  const lines = servers.map(
    (server, index) => `  server gatetrail${index} 127.0.0.1:${server} ${serverOptions}`,
  )
  await writeFile(
    file,
    `global
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 5m
  timeout server 5m
listen postgres
  bind 127.0.0.1:${port}
  balance roundrobin
${lines.join('\n')}
`,
  )
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString('utf8')
    })
  }
  const until = Date.now() + upMsMax
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`haproxy did not start:\n${output}`)
    }
    await sleep(50)
  }
  return {
    port,
    get output() {
      return output
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
    },
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const accepted = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  socket.destroy()
  return accepted
}
