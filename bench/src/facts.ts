/**
 * How long it takes to know what a statement does and whether it may: facts and decision, of texts that are new and of
 * texts that came before. In this process, with the catalogue of a real server and the demo's policies.
 */
import { readFile } from 'node:fs/promises'
import { demoPolicies, type PostgresServer } from '@gatetrail/demo'
import {
  createDecisions,
  createFactsCache,
  loadParser,
  loadPolicySet,
  realEnvironment,
  type Decisions,
  type FactsCache,
} from '@gatetrail/proxy/measured'
import { connectTo } from './database.ts'
import { fixed, percentile, table } from './statistics.ts'

/** One text per number; no two have the same template (numbers alone would not make them new). */
type Typical = { name: string; newText: string; text(number: number): string }

const newTexts = 2_500
/** Not counted: code that has just started is slow in JavaScript, and a proxy does not stay so. */
const warmUpTexts = 1_000
const repeats = 100_000
/** Texts that an application repeats, in turn. */
const repeatedTexts = 50

const schema = `
  CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text, ssn text, phone text, street text, city text, country text, birthday date, created timestamptz);
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, status text, channel text, placed timestamptz);
  CREATE TABLE products (id bigint PRIMARY KEY, title text, brand text, price numeric(10,2), category text);
  CREATE TABLE order_items (order_id bigint REFERENCES orders, product_id bigint REFERENCES products, quantity int);`

/** Twelve that the statement does not read anyway. */
const joined = [
  ...['c.name', 'c.email', 'c.ssn', 'c.phone', 'c.street', 'c.city', 'c.created', 'c.birthday'],
  ...['o.status', 'o.channel', 'p.title', 'p.brand'],
]

/** Some of the columns, others for each number below 2 to the power of their count: new facts each time. */
function some(columns: readonly string[], number: number): string {
  return columns.filter((_, index) => (number & (1 << index)) !== 0).join(', ')
}

const statements: readonly Typical[] = [
  {
    name: 'one table',
    newText: 'new text, known facts',
    text: (number) =>
      `SELECT id, status, placed AS p${number} FROM orders WHERE customer_id = ${number} AND status = 'open'`,
  },
  {
    name: '3 joins',
    newText: 'new text, new facts',
    text: (number) =>
      `SELECT ${some(joined, number + 1)}, i.quantity * p.price AS total
       FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_items i ON i.order_id = o.id
       JOIN products p ON p.id = i.product_id
       WHERE c.country = 'DE' AND o.placed >= now() - interval '30 days' AND p.category IN ('toys', 'books')
       ORDER BY o.placed DESC LIMIT 20`,
  },
]

export async function benchFacts(postgres: PostgresServer): Promise<string> {
  const client = await connectTo(postgres, { user: 'postgres', database: 'postgres' })
  await client.query(schema)
  await client.end()
  await loadParser()
  const environment = await realEnvironment(postgres, {
    'public.customers.ssn': 'US_SSN',
    'public.customers.email': 'EMAIL',
  })
  const decisions = await demoDecisions()
  const rows: string[][] = []
  for (const statement of statements) {
    const facts = createFactsCache({ entriesMax: 50_000, bytesMax: 256 * 2 ** 20 })
    const ask = (text: string): number => microsOf(facts, decisions, environment, text)
    for (let number = 0; number < warmUpTexts; number++) ask(statement.text(number))
    const fresh = Array.from({ length: newTexts }, (_, index) =>
      statement.text(warmUpTexts + index),
    )
    rows.push(
      measured(`${statement.name}, ${statement.newText}`, newTexts, (index) => ask(fresh[index]!)),
    )
    const known = Array.from({ length: repeatedTexts }, (_, index) => statement.text(index))
    const again = (index: number): number => ask(known[index % repeatedTexts]!)
    for (let index = 0; index < warmUpTexts; index++) again(index)
    rows.push(measured(`${statement.name}, repeated`, repeats, again))
  }
  return table(['facts and decision', 'texts', 'µs p50', 'µs p99', 'CPU µs'], rows)
}

/** The CPU time, of this process with its garbage collector, is the figure that a busy machine leaves alone. */
function measured(name: string, count: number, ask: (index: number) => number): string[] {
  const micros = new Float64Array(count)
  const before = process.cpuUsage()
  for (let index = 0; index < count; index++) micros[index] = ask(index)
  const { user, system } = process.cpuUsage(before)
  return [
    name,
    count.toLocaleString('en'),
    ...[50, 99].map((percent) => fixed(percentile(micros, percent), 1)),
    fixed((user + system) / count, 1),
  ]
}

/** As the relay asks: the text comes as bytes. */
function microsOf(
  facts: FactsCache,
  decisions: Decisions,
  environment: Parameters<FactsCache['describe']>[1],
  text: string,
): number {
  const bytes = Buffer.from(text)
  const startedAt = performance.now()
  const description = facts.describeBytes(bytes, 0, bytes.length, environment)
  const { verdict } = decisions.execute(description)
  const micros = (performance.now() - startedAt) * 1000
  if (verdict !== 'allow') throw new Error(`${verdict}: ${text}`)
  return micros
}

async function demoDecisions(): Promise<Decisions> {
  const files = await demoPolicies()
  const policies = loadPolicySet(
    await Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') }))),
  )
  return createDecisions({
    policies: { current: () => policies },
    principal: { kind: 'ci_job', subject: 'bench', issuer: 'bench', groups: ['ml-training'] },
    connection: { name: 'orders', protocol: 'postgres', tags: [] },
    clientAddress: '127.0.0.1',
    now: () => new Date(),
  })
}
