/** `gatetrail up` with Kafka, a ClickHouse server, both or neither; and how it ends while sessions are open. */
import { spawn } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { writeConfiguration } from './harness/configuration.ts'
import { gatetrailCommand } from './harness/platform.ts'
import { freePorts } from './harness/ports.ts'
import { RoleRunner } from './harness/role-runner.ts'
import { runProcess } from './harness/run-process.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

type Run = { run: { id: string } | null }

describe.skipIf(!kafkaIsThere())('gatetrail up', { timeout: 300_000 }, () => {
  let cluster: Cluster
  const machines: RoleRunner[] = []

  /** On a machine of its own, against the cluster's Kafka, store and target as `sections` say. */
  async function up(name: string, sections: object, proxy: object = {}): Promise<RoleRunner> {
    const directory = join(cluster.directory, name)
    await cp(join(cluster.directory, 'keys'), join(directory, 'data', 'keys'), { recursive: true })
    const [postgres = 0, replay = 0, operations = 0] = await freePorts(3)
    const ports = { postgres, replay, operations }
    const configurationFile = await writeConfiguration({
      directory,
      issuer: cluster.issuer,
      ports,
      targetPort: cluster.target.port,
      columns: taggedColumns,
      proxy: { ...proxy },
      sections: { ...sections },
    })
    const runner = new RoleRunner({ command: 'up', name, directory, configurationFile, ports })
    machines.push(runner)
    await runner.start()
    return runner
  }
  const environment = (runner: RoleRunner, token: string) => ({
    ...cluster.clientEnvironment(0),
    PGPORT: String(runner.ports.postgres),
    PGPASSWORD: token,
  })
  const tokenOf = (run: string) => cluster.issuer.token('acme/train', ['readers'], { run_id: run })
  async function readCustomers(runner: RoleRunner, run: string): Promise<void> {
    const { code, stderr } = await runProcess('psql', ['-XAtc', 'select ssn from customers'], {
      env: environment(runner, await tokenOf(run)),
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }
  async function runsOf(runner: RoleRunner): Promise<(string | undefined)[]> {
    const args = ['audit', 'pii', '--on', 'today', '--json', '--config', runner.configurationFile]
    const { stdout } = await runProcess(process.execPath, [gatetrailCommand, ...args])
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as Run).run?.id)
  }

  beforeAll(async () => {
    cluster = await startCluster({
      proxies: 0,
      ingests: 0,
      partitions: 2,
      startRoles: false,
      prepare: async (target) => {
        await fillShop(target, 10)
      },
    })
  }, 300_000)
  afterAll(async () => {
    for (const machine of machines) await machine.stop()
    await cluster?.close()
  }, 120_000)

  test('with Kafka and chDB ships its records and takes them in again', async () => {
    const { log, control } = cluster.sections
    const machine = await up('kafka-and-chdb', { log, control })
    await readCustomers(machine, 'run-1')
    await expect.poll(() => runsOf(machine), { timeout: 60_000 }).toContain('run-1')
    expect(Object.keys((await machine.readiness())?.roles ?? {}).toSorted()).toEqual(
      ['audit', 'proxy', 'shipper'].toSorted(),
    )
    expect(await machine.stop()).toBe(0)
  })

  test('without Kafka stores the journals in a ClickHouse server', async () => {
    const { store } = cluster.sections
    const machine = await up('journals-and-server', { store })
    await readCustomers(machine, 'run-2')
    await expect.poll(() => runsOf(machine), { timeout: 60_000 }).toContain('run-2')
    expect(await machine.stop()).toBe(0)
  })

  test('sessions that outlast the drain end with 57P01, and are on record as shutdown', async () => {
    const machine = await up('drained', {}, { drainSeconds: 3, workers: 2 })
    const token = await tokenOf('run-3')
    const verbose = ['-v', 'VERBOSITY=verbose']
    const client = spawn(
      'psql',
      [...verbose, '-XAtc', "select 'in'", '-c', 'select pg_sleep(60)'],
      {
        env: { ...process.env, ...environment(machine, token) },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let said = ''
    for (const stream of [client.stdout, client.stderr])
      stream.on('data', (bytes: Buffer) => {
        said += bytes.toString('utf8')
      })
    await expect.poll(() => said, { timeout: 30_000 }).toContain('in\n')
    expect(await machine.stop()).toBe(0)
    expect(said).toContain('FATAL:  57P01')
    await machine.start()
    const args = ['sessions', '--json', '--config', machine.configurationFile]
    const sessions = async () =>
      (await runProcess(process.execPath, [gatetrailCommand, ...args])).stdout
    await expect.poll(sessions, { timeout: 30_000 }).toMatch(/"shutdown"/)
  })

  test('a second SIGTERM ends the drain, in order', async () => {
    const machine = await up('hurried', {}, { drainSeconds: 600 })
    const token = await tokenOf('run-4')
    const client = spawn('psql', ['-XAtc', "select 'in'", '-c', 'select pg_sleep(600)'], {
      env: { ...process.env, ...environment(machine, token) },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let said = ''
    client.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString('utf8')
    })
    await expect.poll(() => said, { timeout: 30_000 }).toContain('in\n')
    const stopped = machine.stop()
    await expect
      .poll(async () => JSON.stringify(await machine.readiness()), {
        timeout: 30_000,
        interval: 50,
      })
      .toMatch(/draining: 1 session, \d+ s left/)
    if (machine.pid !== undefined) process.kill(machine.pid, 'SIGTERM')
    expect(await stopped).toBe(0)
    expect(machine.output).toContain('ending the sessions that are left')
  })
})
