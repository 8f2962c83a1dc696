import { expect, test } from 'vitest'
import { planOf } from './plan.ts'

const proxy = { workers: 1, drainSeconds: 0, peers: [] }
const kafka = {
  brokers: ['127.0.0.1:9092'],
  clientId: 'gatetrail',
  compression: 'gzip' as const,
  consumerGroup: 'gatetrail-ingest',
  partitions: 12,
  replicationFactor: 3,
  retentionHours: 168,
}
const machine = { demo: false, cores: 3 }
const labelsOf = (plan: ReturnType<typeof planOf>) => plan.processes.map(({ label }) => label)

test('one machine without Kafka has no shipper', () => {
  const plan = planOf('up', { log: undefined, proxy }, machine)
  expect(labelsOf(plan)).toEqual(['audit', 'proxy'])
  expect(
    planOf('up', { log: undefined, proxy }, { ...machine, demo: true }).processes[0]?.role,
  ).toBe('demo')
})

test('with Kafka the journals of a machine are shipped by a process that nobody needs to be served', () => {
  for (const command of ['up', 'proxy'] as const) {
    const { processes } = planOf(command, { log: { kafka }, proxy }, machine)
    expect(processes.filter(({ essential }) => !essential)).toEqual([
      { role: 'shipper', label: 'shipper', essential: false },
    ])
  }
})

test('several workers are told apart, one is just the proxy', () => {
  const two = planOf('proxy', { log: { kafka }, proxy: { ...proxy, workers: 2 } }, machine)
  expect(labelsOf(two)).toEqual(['proxy-1', 'proxy-2', 'shipper'])
  expect(two.processes.map(({ worker }) => worker)).toEqual([1, 2, undefined])
  const one = planOf('proxy', { log: { kafka }, proxy }, machine)
  expect(one.processes[0]).toEqual({ role: 'proxy', label: 'proxy', essential: true })
})

test('auto is one worker per core', () => {
  const automatic = { ...proxy, workers: 'auto' as const }
  expect(planOf('proxy', { log: { kafka }, proxy: automatic }, machine).workers).toBe(3)
})

test('who makes records ends before who takes them in, and who takes them in before who carries them away', () => {
  for (const command of ['up', 'proxy', 'ingest', 'replay'] as const) {
    const { processes, stopStages } = planOf(command, { log: { kafka }, proxy }, machine)
    const order = stopStages.flatMap(({ roles }) => roles)
    const stops = processes.map(({ role }) => order.indexOf(role))
    expect(stops).not.toContain(-1)
    if (order.includes('proxy')) expect(order[0]).toBe('proxy')
    if (order.includes('shipper')) expect(order.at(-1)).toBe('shipper')
  }
})

test('a role listens on what is its own', () => {
  const listens = (command: 'proxy' | 'ingest' | 'replay') =>
    planOf(command, { log: { kafka }, proxy }, machine).listens
  expect(listens('proxy')).toEqual(['postgres', 'operations'])
  expect(listens('ingest')).toEqual(['operations'])
  expect(listens('replay')).toEqual(['replay', 'operations'])
})
