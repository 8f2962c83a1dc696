/** What lies in deploy/ fits the product: configurations load, and rules and dashboards ask for what exists. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate, openEmbeddedStore } from '@gatetrail/ingest'
import { createPolicyStore } from '@gatetrail/proxy'
import { metrics, processMetricPrefixes } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadConfiguration } from './configuration/load.ts'

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url))
const compose = join(deploy, 'compose')

const dashboardSchema = z.object({
  title: z.string(),
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string().optional(), rawSql: z.string().optional() })),
    }),
  ),
})

async function dashboards(): Promise<z.infer<typeof dashboardSchema>[]> {
  const folder = join(deploy, 'dashboards')
  return Promise.all(
    (await readdir(folder)).map(async (name) =>
      dashboardSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8'))),
    ),
  )
}

/** Series that a histogram has besides its own name. */
const suffixes = /_(?:bucket|sum|count)$/

function unknownMetrics(text: string): string[] {
  const known = new Set<string>(Object.keys(metrics))
  const named = new Set(text.match(/\bgatetrail_[a-z0-9_]+/g))
  return [...named].filter(
    (name) =>
      !known.has(name) &&
      !known.has(name.replace(suffixes, '')) &&
      !processMetricPrefixes.some((prefix) => name.startsWith(prefix)),
  )
}

describe('deploy/compose', () => {
  it.each(['proxy', 'ingest', 'replay', 'administration'])(
    '%s.yaml loads, and its policies are valid',
    async (name) => {
      const { configuration } = await loadConfiguration(`${name}.yaml`, compose)
      expect(configuration.log?.kafka.brokers).toEqual(['kafka:9092'])
      const policies = await createPolicyStore({
        patterns: configuration.policies,
        baseDirectory: compose,
      })
      expect(policies.current().policies.length).toBeGreaterThan(3)
      policies.close()
    },
  )

  it('gives every service a user of its own, at Kafka and at ClickHouse', async () => {
    const loaded = await Promise.all(
      ['proxy', 'ingest', 'replay', 'administration'].map((name) =>
        loadConfiguration(`${name}.yaml`, compose),
      ),
    )
    const kafka = loaded.map(({ configuration }) => configuration.log?.kafka.sasl?.user)
    const store = loaded.flatMap(({ configuration }) => configuration.store?.user ?? [])
    expect(new Set(kafka).size).toBe(4)
    expect(new Set(store).size).toBe(3)
  })
})

describe('alarm rules and dashboards', () => {
  it('name no metric that no role has', async () => {
    const rules = await readFile(join(deploy, 'alerts', 'gatetrail.rules.yml'), 'utf8')
    expect(rules).toContain('gatetrail_journal_fullness_ratio')
    expect(unknownMetrics(rules)).toEqual([])
    for (const { panels } of await dashboards()) {
      const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr ?? ''))
      expect(unknownMetrics(asked.join('\n'))).toEqual([])
    }
  })

  it('have an answer for every alarm in docs/operating.md', async () => {
    const rules = await readFile(join(deploy, 'alerts', 'gatetrail.rules.yml'), 'utf8')
    const page = await readFile(join(deploy, '..', 'docs', 'operating.md'), 'utf8')
    const alarms = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name)
    expect(alarms.length).toBeGreaterThan(20)
    expect(alarms.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})

describe('dashboards of the trail', () => {
  let directory: string
  let store: Awaited<ReturnType<typeof openEmbeddedStore>>

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gatetrail-dashboards-'))
    store = await openEmbeddedStore(join(directory, 'chdb'))
    await migrate(store.write)
  })
  afterAll(async () => {
    await store?.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('ask the event store what it can answer', async () => {
    const questions = (await dashboards()).flatMap(({ title, panels }) =>
      panels.flatMap((panel) =>
        panel.targets.flatMap(({ rawSql }) =>
          rawSql === undefined ? [] : [{ name: `${title}: ${panel.title}`, sql: rawSql }],
        ),
      ),
    )
    expect(questions.length).toBeGreaterThan(5)
    for (const { name, sql } of questions) {
      // As the plugin of Grafana writes its macros out.
      const query = sql
        .replaceAll(/\$__timeFilter\((\w+)\)/g, '$1 >= now() - INTERVAL 30 DAY AND $1 <= now()')
        .replaceAll(/\$__timeInterval\((\w+)\)/g, 'toStartOfInterval($1, INTERVAL 1 HOUR)')
        .replaceAll('${tenant}', 'default')
      const answer = await store.read
        .query({ query, format: 'JSONEachRow' })
        .then((result) => result.json())
        .catch((error: unknown) => `${name}: ${String(error)}`)
      expect(answer).toEqual([])
    }
  })
})
