/** A small shop: customers whose social security number, email and card are tagged, and orders. */
import type { Target } from './postgres.ts'

export type Customer = { id: number; name: string; ssn: string; email: string; card: string }

export const taggedColumns = {
  'public.customers.ssn': 'US_SSN',
  'public.customers.email': 'EMAIL',
  'public.customers.card': 'CREDIT_CARD',
}

/** ISO/IEC 7812-1 annex B. */
export function withLuhnDigit(number: string): string {
  let sum = 0
  for (const [index, digit] of [...number].toReversed().entries()) {
    const doubled = index % 2 === 0 ? Number(digit) * 2 : Number(digit)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return `${number}${(10 - (sum % 10)) % 10}`
}

export function customer(id: number): Customer {
  const four = String(1000 + id).padStart(4, '0')
  return {
    id,
    name: `Customer ${id}`,
    ssn: `${200 + (id % 400)}-${String(10 + (id % 80)).padStart(2, '0')}-${four}`,
    email: `customer.${id}@shop-${id}.example.com`,
    card: withLuhnDigit(`42424200${String(id).padStart(7, '0')}`),
  }
}

export async function fillShop(target: Target, count: number): Promise<Customer[]> {
  const customers = Array.from({ length: count }, (_, index) => customer(index + 1))
  await target.direct(`
    set role app;
    create table customers (id integer primary key, name text, ssn text, email text, card text);
    create table orders (id integer primary key, customer_id integer, status text);
    insert into orders select n, n % ${count} + 1, 'paid' from generate_series(1, 500) n;
    create table archive (id integer);
  `)
  const rows = customers.map(
    ({ id, name, ssn, email, card }) => `(${id}, '${name}', '${ssn}', '${email}', '${card}')`,
  )
  await target.direct(`set role app; insert into customers values ${rows.join(', ')}`)
  return customers
}
