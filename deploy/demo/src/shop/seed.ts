/** Fills the shop once: 2,000 customers, 120 products, 8,000 orders and what was in them; the same rows every time. */
import { Client } from 'pg'
import { superuser, type PostgresServer } from '../postgres/server.ts'
import { createRandom, inventCustomer, momentOf, pick, type Customer } from './people.ts'
import { applicationUser, archiveDatabase, database, schemaSql } from './schema.ts'

export const customersCount = 2_000
const productsCount = 120
const ordersCount = 8_000

/** Makes user, databases, tables and rows where they are missing. A seed that was interrupted starts again. */
export async function seedShop(
  server: PostgresServer,
  superuserPassword: string,
  applicationPassword: string,
): Promise<{ seeded: boolean }> {
  const admin = connectAs(server.port, 'postgres', superuser, superuserPassword)
  await admin.connect()
  try {
    await ensureUser(admin, applicationPassword)
    for (const name of [database, archiveDatabase]) await ensureDatabase(admin, name)
  } finally {
    await admin.end()
  }
  const shop = connectAs(server.port, database, applicationUser, applicationPassword)
  await shop.connect()
  try {
    const { rows } = await shop.query(`select to_regclass('public.customers') as found`)
    if (rows[0]?.['found'] !== null) return { seeded: false }
    await shop.query('begin')
    await shop.query(schemaSql)
    await fill(shop)
    await shop.query('commit')
    await shop.query('analyze')
    return { seeded: true }
  } finally {
    await shop.end()
  }
}

export function connectAs(port: number, name: string, user: string, password: string): Client {
  return new Client({
    host: '127.0.0.1',
    port,
    database: name,
    user,
    password,
    connectionTimeoutMillis: 10_000,
  })
}

async function ensureUser(admin: Client, password: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [
    applicationUser,
  ])
  // base64url of our own making: no quote in it. PostgreSQL takes no parameters here.
  if (!/^[\w-]+$/.test(password)) throw new Error('the password of the demo is not base64url')
  const verb = rowCount === 0 ? 'create' : 'alter'
  await admin.query(
    `${verb} role ${applicationUser} login nosuperuser createdb password '${password}'`,
  )
}

async function ensureDatabase(admin: Client, name: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [name])
  if (rowCount !== 0) return
  // By copying files: half a second less than through the write-ahead log, and nobody else writes to template0.
  await admin.query(
    `create database ${name} owner ${applicationUser} template template0 strategy file_copy`,
  )
}

async function fill(shop: Client): Promise<void> {
  const random = createRandom(20_260_312)
  const customers: Customer[] = []
  for (let id = 1; id <= customersCount; id++) customers.push(inventCustomer(id, random))
  await insert(shop, 'customers', customers)

  const products = Array.from({ length: productsCount }, (_, index) => {
    const [category, thing] = pick(things, random)
    return {
      id: index + 1,
      sku: `${category.slice(0, 3).toUpperCase()}-${1000 + index}`,
      name: `${pick(qualities, random)} ${thing}`,
      category,
      price: Math.round((4 + random() * 240) * 100) / 100,
    }
  })
  await insert(shop, 'products', products)

  const orders = []
  const items = []
  for (let id = 1; id <= ordersCount; id++) {
    orders.push({
      id,
      customer_id: 1 + Math.floor(random() * customersCount),
      status: pick(statuses, random),
      placed_at: momentOf(random),
      note: random() < 0.04 ? pick(notes, random) : null,
    })
    const lines = 1 + Math.floor(random() * 4)
    for (let line = 1; line <= lines; line++) {
      const product = products[Math.floor(random() * productsCount)]
      if (product === undefined) continue
      const quantity = 1 + Math.floor(random() * 3)
      items.push({ order_id: id, line, product_id: product.id, quantity, price: product.price })
    }
  }
  await insert(shop, 'orders', orders)
  await insert(shop, 'order_items', items)
}

/** One statement per table: the rows travel as one JSON parameter. The names are ours. */
async function insert(shop: Client, table: string, rows: readonly object[]): Promise<void> {
  await shop.query(
    `insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`,
    [JSON.stringify(rows)],
  )
}

const statuses = ['placed', 'paid', 'shipped', 'delivered', 'delivered', 'returned'] as const
const qualities = [
  'Plain',
  'Walnut',
  'Enamel',
  'Linen',
  'Brass',
  'Folding',
  'Small',
  'Sturdy',
] as const
const notes = ['Leave at the door', 'Gift wrap, please', 'Call before delivery'] as const
const things = [
  ['kitchen', 'kettle'],
  ['kitchen', 'pan'],
  ['kitchen', 'knife'],
  ['office', 'lamp'],
  ['office', 'chair'],
  ['office', 'notebook'],
  ['garden', 'shears'],
  ['garden', 'watering can'],
  ['travel', 'backpack'],
  ['travel', 'bottle'],
] as const
