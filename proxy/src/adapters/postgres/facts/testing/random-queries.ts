/** For tests: queries made at random of others, by changing words and by putting one into another. Pure. */
import { assert } from '@gatetrail/schemas'

/** A number below its argument. */
export type Random = (below: number) => number

/** xorshift: the low bits of simpler generators repeat soon. */
export function randomFrom(seed: number): Random {
  let state = seed + 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const wraps: readonly ((query: string) => string)[] = [
  (query) => `select * from (${query}) w`,
  (query) => `with w as (${query}) select w.* from w`,
  (query) => `select (w).* from (select w from (${query}) w) w`,
  (query) => `(${query}) union all (${query})`,
  (query) => `select to_jsonb(w), w from (${query}) w`,
  (query) => `select max(w::text) from (${query}) w`,
  (query) => `select u from (select array_agg(w) as l from (${query}) w) z, unnest(z.l) u`,
  (query) => `select o.id, l.* from orders o left join lateral (${query}) l on true`,
  (query) => `with w as materialized (${query}), v as (table w) select * from v natural join w`,
  (query) => `select j.* from ((${query}) a cross join tree b) j`,
  (query) => `select (${query})`,
  (query) => `select array(${query}), exists (${query})`,
  (query) => `with recursive r as (${query} union all select * from r where false) select * from r`,
  (query) => `select * from (${query}) w(a, b, c)`,
  (query) => `select b, a from (${query}) w(a, b)`,
  (query) => `select a.* from (${query}) a natural full join (${query}) b`,
  (query) => `select * from (${query}) a join (${query}) b using (id)`,
  (query) => `update orders set note = (select max(w::text) from (${query}) w) returning note, id`,
  (query) => `select (coalesce(w, w)).* from (${query}) w`,
  (query) => `select e.value from (${query}) w, jsonb_each_text(to_jsonb(w)) e`,
  (query) => `select (row(w.*)).f2, first_value(w) over () from (${query}) w`,
]

/** Some of these queries are no SQL. */
export function randomQuery(
  texts: readonly string[],
  words: readonly string[],
  random: Random,
): string {
  const parts = pick(texts, random).split(/(\b)/)
  for (let changes = random(3); changes > 0; changes--) {
    const at = random(parts.length)
    const kind = random(3)
    if (kind === 0) parts.splice(at, 1)
    else if (kind === 1) parts[at] = pick(words, random)
    else parts.splice(at, 0, ` ${pick(words, random)} `)
  }
  let text = parts.join('').replaceAll('$1', '1')
  for (let depth = random(4); depth > 0; depth--) text = pick(wraps, random)(text)
  return text
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[random(items.length)]
  assert(item !== undefined, 'there is something to choose from')
  return item
}
