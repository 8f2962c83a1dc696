/**
 * The story that the demo plays at each start, through the proxy, with a real client: two runs of the nightly training job
 * read customers, a backup agent tries to drop a database, an agent exports orders for a person. Takes a second.
 */
import { Client } from 'pg'
import { GatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import type { DemoIssuer } from '../issuer/issuer.ts'
import { archiveDatabase } from '../shop/schema.ts'

export type StoryOptions = {
  issuer: Pick<DemoIssuer, 'mint'>
  /** host:port where the proxy listens. */
  proxy: string
  /** Takes one line for people. */
  tell(line: string): void
}

const connection = 'orders'
const exportSql = `copy (
  select id, customer_id, status, placed_at from public.orders where status = 'delivered' order by id
) to stdout`

const newestSql = `select o.id, o.placed_at, c.name, c.email
  from public.orders o join public.customers c on c.id = o.customer_id
  where o.status = 'delivered' order by o.placed_at desc, o.id limit 20`

/** @throws DEMO_FAILED where a chapter ends otherwise than it should: the demo's policies were changed, mostly. */
export async function playStory(options: StoryOptions): Promise<void> {
  const { tell } = options
  await chapter(options, 'nightly-train', async (client, run) => {
    const { rows } = await client.query(
      `select id, name, ssn, email, city from public.customers where state = 'OR' order by id limit 200`,
    )
    const first = z
      .looseObject({ name: z.string(), ssn: z.string(), email: z.string() })
      .parse(rows[0])
    tell(
      `nightly-train, run ${run}: read ${rows.length} customers and saw ${first.name} · ${first.ssn} · ${first.email}`,
    )
  })
  await chapter(options, 'nightly-train', async (client, run) => {
    const { rows } = await client.query(
      `select id, card, phone, birth_date from public.customers order by id limit 300`,
    )
    tell(`nightly-train, run ${run}: read cards and phone numbers of ${rows.length} customers`)
  })
  await chapter(options, 'backup-agent', async (client, run) => {
    const reason = await refusalOf(client, `drop database ${archiveDatabase}`)
    tell(`backup-agent, run ${run}: DROP DATABASE refused: ${reason}`)
  })
  await chapter(options, 'report-agent', async (client, run) => {
    const { rowCount } = await client.query(exportSql)
    const { rows } = await client.query(newestSql)
    tell(
      `report-agent for dana.reyes, run ${run}: exported ${rowCount ?? 0} orders and read who placed the newest ${rows.length}`,
    )
  })
}

async function chapter(
  { issuer, proxy }: StoryOptions,
  name: string,
  play: (client: Client, run: string) => Promise<void>,
): Promise<void> {
  const { token, runId } = await issuer.mint(name)
  const colon = proxy.lastIndexOf(':')
  const client = new Client({
    host: proxy.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(proxy.slice(colon + 1)),
    database: connection,
    user: name,
    password: token,
    application_name: name,
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => undefined) // The query that was waiting rejects, too.
  try {
    await client.connect()
    await play(client, runId)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GatetrailError('DEMO_FAILED', `the story stopped at ${name}: ${reason}`, {
      hint: 'the demo itself goes on; its policies are in deploy/demo/policies',
      cause,
    })
  } finally {
    await client.end().catch(() => undefined) // It may be closed already.
  }
}

const refusalSchema = z.object({ code: z.literal('42501'), message: z.string() })

/** Why Gatetrail refuses a statement that it must refuse. */
async function refusalOf(client: Client, sql: string): Promise<string> {
  try {
    await client.query(sql)
  } catch (error) {
    const refusal = refusalSchema.safeParse(error)
    if (!refusal.success) throw error
    return refusal.data.message.replace('policy does not allow this statement: ', '')
  }
  throw new Error('the statement was let through')
}
