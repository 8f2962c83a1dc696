/** A target whose every kind of column is tagged, with canaries in them that no detector knows by their shape. */
import type { Target } from '../harness/postgres.ts'
import { needlesOf, type Needle } from '../harness/needles.ts'

export const secretColumns: Record<string, string> = Object.fromEntries(
  ['ssn', 'salary', 'born', 'raw', 'phones', 'profile', 'card', 'spent', 'token', 'page'].map(
    (column) => [`public.customers.${column}`, column === 'ssn' ? 'US_SSN' : 'EMAIL'],
  ),
)

const text = 'Kx9qv7Ztw3'
const salary = 918273645
const born = '1931-07-23'
const card = 'Jh2fd5Gys1'
const token = '7c9e6679-7425-40de-944b-e07fc1f90ae7'

export async function prepareSecrets(target: Target): Promise<void> {
  await target.direct(`
    create extension if not exists hstore; create extension if not exists dblink;
    set role app;
    create type mood as enum ('calm', 'eager');
    create table customers (id integer primary key, name text not null, city text, ssn text unique, salary integer,
      born date, raw bytea, phones text[], profile jsonb, card text, spent numeric, token uuid, page xml,
      constraint sane check (length(ssn) < 100));
    create table orders (id integer primary key, customer_id integer references customers, status text, total numeric(10, 2), placed timestamptz, mood mood);
    create table notes (id integer primary key, body text, other text, doc jsonb);
    create table parent_of (id integer); create table child_of (extra text) inherits (customers);
    insert into customers select n, 'Customer ' || n, (array['Paris', 'Oslo', 'Rome'])[1 + n % 3], '${text}' || n, ${salary},
      '${born}', convert_to('${text}', 'UTF8'), array['${text}', 'x'], jsonb_build_object('key', '${text}', 'n', ${salary}), '${card}', ${salary}.25,
      '${token}', xmlelement(name a, '${text}') from generate_series(1, 12) n;
    insert into child_of (id, name, ssn) values (900, 'Child', '${text}child');
    insert into orders select n, 1 + n % 12, (array['paid', 'open', 'sent'])[1 + n % 3], n * 10.5, '2026-01-01 10:00+00'::timestamptz + n * interval '1 hour',
      (array['calm', 'eager'])[1 + n % 2]::mood from generate_series(1, 40) n;
    insert into notes select n, 'note ' || n, null, '{"a": 1}' from generate_series(1, 5) n;
    create view plain_view as select id, ssn, salary from customers;
    create view renamed_view as select id, ssn as harmless, salary as number from customers;
    create view nested_view as select id, upper(harmless) as word from renamed_view;
    create view careful_view with (security_barrier) as select id, card as word from customers where id > 0;
    create view grouped_view as select city, max(ssn) as top, count(*) as n from customers group by city;
    create view union_view as select name as word from customers union all select ssn from customers;
    create materialized view kept_view as select id, ssn as word from customers;
    create view city_view as select id, name, city from customers;
    create function sql_reader(integer) returns text language sql stable as 'select ssn from customers where id = $1';
    create function sql_rows() returns table (word text, n integer) language sql stable as 'select ssn, salary from customers';
    create function pl_reader(wanted integer) returns text language plpgsql stable as 'declare v text; begin select ssn into v from customers where id = wanted; return v; end';
    create function pl_dynamic(what text) returns text language plpgsql as 'declare v text; begin execute what into v; return v; end';
    create function pl_raises() returns void language plpgsql as 'declare v text; begin select ssn into v from customers limit 1; raise exception ''got %'', v using hint = v, detail = v, column = v; end';
    create function pl_notices() returns integer language plpgsql as 'declare v text; begin select ssn into v from customers limit 1; raise notice ''got %'', v; raise warning ''%'', reverse(v); return 1; end';
    create function atomic_reader() returns text language sql begin atomic select ssn from customers order by id limit 1; end;
    create function word_of(customers) returns text language sql immutable as 'select $1.ssn';
    create function double_it(text) returns text language sql immutable as 'select $1 || $1';
    create function plus_one(integer) returns integer language plpgsql immutable as 'begin return $1 + 1; end';
    create function compare_words(text, text) returns boolean language sql immutable as 'select $1 = $2';
    create aggregate glue(text) (sfunc = textcat, stype = text, initcond = '');
    create operator ### (leftarg = text, rightarg = text, procedure = compare_words);
    create domain word_domain as text; create type pair as (a text, b integer);
    create type triple as (a text, b text, c text); create type wrapped as (t text);
    create table audit (id serial, body text, other text); create table plain_table (id integer, a text);
    create table trig (id integer, a text, b text); create table filled (id integer, city text);
    create table generated (id integer, a text, b text generated always as (upper(a)) stored);
    create table ruled (id integer, a text); create table stamped (id integer, word text, changed timestamptz);
    create function trig_f() returns trigger language plpgsql as 'begin new.b := new.a; insert into audit (body) values (new.a); return new; end';
    create trigger t before insert or update on trig for each row execute function trig_f();
    create function filled_f() returns trigger language plpgsql as 'begin select ssn into new.city from customers limit 1; return new; end';
    create trigger t before insert or update on filled for each row execute function filled_f();
    create function stamped_f() returns trigger language plpgsql as 'begin new.word := lower(new.word); new.changed := now(); return new; end';
    create trigger t before insert or update on stamped for each row execute function stamped_f();
    create rule r as on insert to ruled do also insert into audit (other) values (new.a);
    create function copy_it() returns void language plpgsql as 'declare v text; begin select ssn into v from customers order by id limit 1; insert into audit (id, body) values (900, v); end';
    create function keep_it(text, text) returns boolean language sql as 'insert into audit (id, body) values (901, $1); select true';
    create operator @@@ (leftarg = text, rightarg = text, procedure = keep_it);
    create function wrap(integer) returns wrapped language sql as 'insert into audit (id, body) values (903, $1::text); select row($1::text)::wrapped';
    create cast (integer as wrapped) with function wrap(integer);
    create table defaults (id integer, a text default sql_reader(1), b text default pl_reader(1));
    create view reading_view as select id, pl_reader(1) as w, plus_one(id) as n from customers;
    create index on customers (lower(ssn)); create statistics s1 on ssn, card from customers;
  `)
  await target.direct('analyze')
  await target.direct('set role app; refresh materialized view kept_view')
}

/** A part is enough to be a leak. */
export const needles: readonly Needle[] = [
  ...needlesOf('text', text),
  ...needlesOf('part of text', text.slice(2, 8)),
  ...needlesOf('card', card),
  ...needlesOf('part of card', card.slice(2, 8)),
  ...needlesOf('salary', String(salary)),
  ...needlesOf('part of salary', String(salary).slice(0, 6)),
  ...needlesOf('born', born),
  ...['1931-07', '23.07.1931', '07/23/1931', '07-23-1931'].flatMap((value) =>
    needlesOf('born', value),
  ),
  ...needlesOf('token', token),
  ...needlesOf('token without dashes', token.replaceAll('-', '')),
  ...needlesOf('part of token', token.slice(0, 8)),
]

const number = (write: (bytes: Buffer) => void, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  write(bytes)
  return bytes
}
/** Whole values in binary format: too short to be looked for in all bytes. */
const binaryCells: readonly Buffer[] = [
  number((bytes) => bytes.writeInt32BE(salary), 4),
  number((bytes) => bytes.writeBigInt64BE(BigInt(salary)), 8),
  number((bytes) => bytes.writeDoubleBE(salary), 8),
  number((bytes) => bytes.writeInt32BE((Date.parse(born) - Date.parse('2000-01-01')) / 86_400_000), 4),
  Buffer.from(token.replaceAll('-', ''), 'hex'),
] // prettier-ignore

const shortNeedles = [text.slice(2, 7), card.slice(2, 7), text.slice(0, 5), String(salary).slice(0, 5)]
  .flatMap((value) => [value, [...value].toReversed().join('')])
  .map((value) => value.toLowerCase()) // prettier-ignore

/** What the rows of one answer say together: letter by letter down a column, or as codes of letters. */
export function leaksInCells(rows: readonly (readonly (Buffer | null)[])[]): string[] {
  const found: string[] = []
  const columns = rows[0]?.length ?? 0
  for (let column = 0; column < columns; column++) {
    const cells = rows.flatMap((row) => {
      const cell = row[column]
      return cell === null || cell === undefined ? [] : [cell]
    })
    for (const cell of cells) {
      if (binaryCells.some((secret) => secret.equals(cell)))
        found.push(`binary in column ${column}`)
    }
    const joined = cells.map((cell) => cell.toString('latin1')).join('')
    const codes = cells.map((cell) => String.fromCharCode(codeOf(cell))).join('')
    for (const text of [joined, codes].map((value) => value.toLowerCase())) {
      for (const needle of shortNeedles) {
        if (text.includes(needle)) found.push(`${needle} down column ${column}`)
      }
    }
  }
  const across = rows
    .map((row) => row.map((cell) => cell?.toString('latin1') ?? '').join(''))
    .join('')
  for (const needle of shortNeedles) {
    if (across.toLowerCase().includes(needle)) found.push(`${needle} across rows`)
  }
  return found
}

/** A number, as text or in four bytes: the code of a letter? */
function codeOf(cell: Buffer): number {
  const number = cell.length === 4 && cell[0] === 0 ? cell.readInt32BE(0) : Number(cell.toString())
  return number > 31 && number < 127 ? number : 0
}
