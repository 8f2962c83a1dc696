-- Each entry: a title, then what a session sends. Between entries stands an empty line, between messages "--- then".

-- one
select 1

-- a star
select * from customers

-- columns
select id, name from customers where id = 5

-- a string that says delete
select 'delete from customers' as text

-- a column named like a command
select 1 as "delete", 2 as "drop"

-- a comment that says delete
select 1 /* delete from customers */ -- drop table customers

-- a dollar string that says drop
select $$drop table customers$$

-- a join
select c.name, o.total from customers c join orders o on o.customer_id = c.id where o.total > 150

-- using
select * from orders join (select id as customer_id, name from customers) c using (customer_id)

-- natural
select count(*) from orders natural join (select id, status from orders) o

-- left join
select c.id, count(o.id) from customers c left join orders o on o.customer_id = c.id group by c.id order by 2 desc limit 5

-- full join
select * from customers c full join crm.leads l on l.customer_id = c.id

-- cross join lateral
select c.id, o.* from customers c cross join lateral (select total from orders where customer_id = c.id order by total desc limit 2) o

-- self join
select a.id from customers a, customers b where a.id = b.id + 1

-- a subquery
select name from customers where id in (select customer_id from orders where total > 190)

-- exists
select name from customers c where exists (select from orders o where o.customer_id = c.id)

-- not exists
select count(*) from customers c where not exists (select 1 from crm.leads l where l.customer_id = c.id)

-- a scalar subquery
select id, (select max(total) from orders o where o.customer_id = c.id) from customers c

-- a with
with big as (select * from orders where total > 100) select count(*) from big

-- two withs
with a as (select 1 as x), b as (select x + 1 as y from a) select * from a, b

-- a recursive with
with recursive tree as (select code, name, 0 as depth from regions where parent is null union all select r.code, r.name, depth + 1 from regions r join tree t on r.parent = t.code) select * from tree

-- a recursive with, searched
with recursive tree(code, parent) as (select code, parent from regions union all select r.code, r.parent from regions r join tree t on r.parent = t.code) search depth first by code set ordering cycle code set looped using path select code from tree limit 10

-- union
select id from customers union select id from orders order by 1 limit 3

-- except
select id from customers except select customer_id from orders

-- intersect
(select id from customers) intersect all (select customer_id from orders)

-- values
values (1, 'a'), (2, 'b')

-- values in from
select * from (values (1, 'a'), (2, 'b')) as v(n, letter)

-- table
table regions

-- distinct
select distinct status from orders

-- distinct on
select distinct on (customer_id) customer_id, total from orders order by customer_id, total desc

-- group by with having
select status, count(*), sum(total) from orders group by status having count(*) > 1

-- grouping sets
select status, customer_id, sum(total) from orders group by grouping sets ((status), (customer_id), ())

-- rollup and cube
select status, placed, sum(total), grouping(status) from orders group by rollup (status, placed) limit 5

-- a window
select id, rank() over (partition by customer_id order by total desc) from orders

-- a named window
select id, sum(total) over w, lag(total, 1) over w from orders window w as (order by id rows between 2 preceding and current row)

-- a filter
select count(*) filter (where total > 100) from orders

-- ordered-set aggregates
select percentile_cont(0.5) within group (order by total), mode() within group (order by status) from orders

-- string_agg
select string_agg(status, ', ' order by id) from orders where id < 5

-- array_agg
select customer_id, array_agg(id order by id) from orders group by 1 limit 3

-- json
select json_agg(row_to_json(o)) from (select id, total from orders limit 2) o

-- json constructors
select json_object('a': 1, 'b': json_array(1, 2)), jsonb_build_object('id', id) from orders limit 1

-- json operators
select doc -> 'a', doc ->> 'a', doc #> '{a}', doc @> '{"a": 1}', doc ? 'a' from customers limit 2

-- jsonpath
select jsonb_path_query('{"a": [1, 2, 3]}', '$.a[*] ? (@ > 1)')

-- json_table
select * from json_table('[{"a": 1}, {"a": 2}]', '$[*]' columns (n for ordinality, a int path '$.a'))

-- json_value
select json_value('{"a": "x"}', '$.a' returning text), json_exists(jsonb '{"a": 1}', '$.a')

-- jsonb_each
select key, value from jsonb_each('{"a": 1, "b": 2}')

-- json_to_recordset
select * from json_to_recordset('[{"a": 1, "b": "x"}]') as x(a int, b text)

-- xml
select xmlelement(name a, xmlattributes(1 as b), 'c'), xmlforest(1 as x)

-- xmltable
select * from xmltable('/r/a' passing '<r><a>1</a><a>2</a></r>' columns n int path '.')

-- arrays
select array[1, 2] || 3, (array[1, 2, 3])[2:3], 1 = any (array[1, 2]), cardinality(tags) from customers limit 1

-- unnest
select c.id, t from customers c, unnest(c.tags) as t limit 4

-- unnest with ordinality
select * from unnest(array['a', 'b'], array[1, 2]) with ordinality as u(letter, number, n)

-- generate_series
select d::date from generate_series('2026-01-01'::timestamp, '2026-01-03', '1 day') d

-- rows from
select * from rows from (generate_series(1, 2), generate_series(1, 3)) as r(a, b)

-- tablesample
select count(*) from orders tablesample bernoulli (50) repeatable (1)

-- case
select case when total > 100 then 'big' when total > 50 then 'middle' else 'small' end from orders limit 3

-- coalesce and nullif
select coalesce(null, nullif(status, 'paid'), 'x'), greatest(1, 2), least(1, 2) from orders limit 1

-- casts
select '1'::int, cast('2026-01-01' as date), 1::text, 1.5::numeric(10, 2), '{1,2}'::int[], 't'::boolean, 'a'::varchar(3)

-- type names before strings
select date '2026-01-01', interval '1 day', timestamp with time zone '2026-01-01 00:00:00+00', bit '101'

-- dates
select extract(year from placed), date_trunc('month', placed), placed + interval '1 month', age(placed), now() - placed::timestamp from orders limit 1

-- at time zone
select now() at time zone 'UTC', to_char(now(), 'YYYY-MM-DD'), current_date, current_timestamp, localtime

-- strings
select upper(name), substring(name from 1 for 3), position('u' in name), trim(both ' ' from name), overlay(name placing 'x' from 1), name || '!' from customers limit 1

-- patterns
select name like 'C%', name ilike 'c%', name similar to '%1', name ~ '^C', regexp_replace(name, '\d', 'x', 'g') from customers limit 1

-- format
select format('%s has %s', name, balance), concat_ws('-', 'a', 'b'), md5(name), length(name) from customers limit 1

-- encode
select encode(sha256('x'), 'hex'), decode('ff', 'hex'), convert_to('x', 'UTF8')

-- numbers
select round(1.5), ceil(1.2), 7 % 3, 2 ^ 3, |/ 9, abs(-1), sqrt(2), width_bucket(5, 0, 10, 5), random() < 2

-- between
select 5 between 1 and 10, 5 not between symmetric 10 and 1, 1 in (1, 2), 1 is distinct from 2, null is null, true is not false

-- rows
select row(1, 'a') = row(1, 'a'), (row(1, 2)).f1, (1, 2) < (1, 3)

-- ranges
select int4range(1, 5) @> 3, '[2026-01-01,2026-02-01)'::daterange && daterange('2026-01-15', '2026-03-01'), range_agg(int4range(1, 2))

-- text search
select to_tsvector('english', 'a fat cat') @@ to_tsquery('cat'), ts_rank(to_tsvector('a cat'), 'cat'::tsquery)

-- geometry
select point(1, 2) <-> point(3, 4), box '((0,0),(1,1))' @> point '(0.5,0.5)'

-- network
select '192.168.0.1'::inet << '192.168.0.0/16'::cidr, host('10.0.0.1'::inet)

-- uuid
select gen_random_uuid() is not null, '00000000-0000-0000-0000-000000000000'::uuid

-- a system column
select ctid, xmin, tableoid::regclass, id from orders limit 1

-- a whole row
select c from crm.leads c limit 1

-- a star of a row
select (l).* from crm.leads l limit 1

-- collate
select name from customers order by name collate "C" desc nulls last limit 2

-- limit with ties
select total from orders order by total fetch first 2 rows with ties

-- offset
select id from orders order by id limit 5 offset 10

-- quoted identifiers
select "c"."id" from "public"."customers" as "c" limit 1

-- unicode identifiers
select U&"\0069d" from customers limit 1

-- escape strings
select E'a\nb', U&'\0061', 'it''s', B'101', X'1F'

-- parameters by a prepared statement
prepare one(int) as select name from customers where id = $1
--- then
execute one(3)
--- then
deallocate one

-- deallocate all
deallocate all

-- explain
explain select * from customers where id = 1

-- explain analyze
explain (analyze, buffers, costs off, timing off) select count(*) from orders

-- explain in json
explain (format json) select 1

-- a transaction
begin; select count(*) from customers; commit

-- a read-only transaction
begin transaction isolation level repeatable read read only; select 1; rollback

-- a transaction in messages
begin
--- then
select 1
--- then
savepoint a
--- then
select 2
--- then
release savepoint a
--- then
commit

-- an error, and on
begin
--- then
rollback

-- a cursor
begin
--- then
declare c cursor for select id from orders order by id
--- then
fetch 3 from c
--- then
move 2 from c
--- then
fetch forward all from c
--- then
close c
--- then
commit

-- a scroll cursor
begin; declare s scroll cursor for select id from customers order by id; fetch last from s; fetch prior from s; commit

-- copy out
copy customers to stdout

-- copy out, csv
copy (select id, name from customers order by id) to stdout with (format csv, header)

-- copy out, binary
copy orders (id, total) to stdout (format binary)

-- show
show search_path

-- show all
show all

-- show transaction isolation
show transaction_isolation

-- set
set statement_timeout = '30s'

-- set of a time zone
set time zone 'Europe/Berlin'

-- set local
begin; set local work_mem = '8MB'; select 1; commit

-- set of a date style
set datestyle to iso, ymd

-- set of an application name
set application_name to 'report'

-- reset
reset statement_timeout

-- set_config
select set_config('app.tenant', '5', false), current_setting('app.tenant')

-- set_config of a search_path
select pg_catalog.set_config('search_path', '', false)

-- set of a search_path
set search_path to public

-- set of another search_path
set search_path to crm, public
--- then
select count(*) from leads

-- read only, more of it
set default_transaction_read_only = on

-- set transaction read only
begin; set transaction read only; select 1; commit

-- listen
listen something
--- then
unlisten *

-- discard plans
discard plans

-- advisory locks
select pg_try_advisory_lock(1), pg_advisory_unlock(1)

-- a view
select * from paid where total > 150

-- a view of a view
select name, sum(total) from big_paid group by name order by 2 desc limit 3

-- a materialized view
select * from totals where total > 100

-- a view with a function
select label from named where id < 4

-- a function of a row
select full_name(c) from customers c where id = 1

-- a function of a row, in attribute notation
select c.full_name from customers c where c.id = 1

-- a function of the standard
select add_tax(100), add_tax(amount => 5)

-- a function that reads
select order_total(3)

-- a function with rows
select * from top_orders(3)

-- a function in PL/pgSQL
select initials(name) from customers limit 2

-- a function in PL/pgSQL that reads
select how_many('orders')

-- an aggregate of somebody
select words(status order by id) from orders where id < 4

-- an operator of somebody
select 'EU' =~= 'eu', 'a' operator(public.=~=) 'b'

-- types called like functions
select int4('5'), date('2026-01-01'), uuid('00000000-0000-0000-0000-000000000000'), short_text('x')

-- a function that sets somebody's own setting
select sets_tenant('5')

-- a domain
select 'x'::short_text

-- an enum
select 'ok'::mood < 'happy'::mood, enum_range(null::mood)

-- a composite
select row(1)::text, (c).id from (select l as c from crm.leads l limit 1) s

-- hstore
select 'a=>1, b=>2'::hstore -> 'a', hstore('x', 'y') || 'z=>1'::hstore, akeys('a=>1'::hstore)

-- citext
select 'ABC'::citext = 'abc'::citext, lower('ABC'::citext)

-- pgcrypto
select length(gen_salt('bf')), encode(digest('x', 'sha256'), 'hex'), crypt('a', '$1$xxxxxxxx') is not null

-- partitions
select count(*) from events where at between '2026-03-01' and '2026-03-10'

-- a partition
select max(id) from events_2026

-- inheritance
select count(*) from only customers

-- catalogue
select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace

-- catalogue, columns
select a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid) from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where a.attrelid = 'public.customers'::regclass and a.attnum > 0

-- catalogue, as psql's \d asks
select n.nspname as "Schema", c.relname as "Name", case c.relkind when 'r' then 'table' when 'v' then 'view' end as "Type", pg_catalog.pg_get_userbyid(c.relowner) as "Owner" from pg_catalog.pg_class c left join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', '') and n.nspname <> 'pg_catalog' and n.nspname !~ '^pg_toast' and pg_catalog.pg_table_is_visible(c.oid) order by 1, 2

-- catalogue, as psql asks for constraints
select conname, pg_catalog.pg_get_constraintdef(r.oid, true) as condef from pg_catalog.pg_constraint r where r.conrelid = 'customers'::regclass and r.contype = 'f' order by 1

-- catalogue, functions
select p.proname, pg_catalog.pg_get_function_arguments(p.oid), pg_get_functiondef(p.oid) from pg_proc p where p.proname = 'add_tax'

-- information_schema
select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1, ordinal_position limit 20

-- information_schema, tables
select * from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')

-- the session
select current_user, session_user, current_database(), current_schema(), version(), pg_backend_pid(), inet_server_port()

-- sizes
select pg_size_pretty(pg_total_relation_size('customers')), pg_database_size(current_database()) > 0

-- locks
select count(*) from pg_locks

-- activity
select count(*) from pg_stat_activity where state = 'active'

-- settings
select name, setting from pg_settings where name like 'work%'

-- statistics of tables
select relname, n_live_tup from pg_stat_user_tables

-- privileges
select has_table_privilege('customers', 'select'), pg_has_role('app', 'member')

-- a sequence
select last_value from orders_id_seq

-- sleep
select pg_sleep(0.01)

-- transaction ids
select txid_current_if_assigned(), pg_current_snapshot() is not null

-- nothing
;

-- only a comment
-- nothing here

-- several statements
select 1; select 2; select 3

-- a big list
select * from customers where id in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)

-- an ORM's query
SELECT "t0"."id" AS "id_0", "t0"."name" AS "name_1", "t1"."total" AS "total_2" FROM "public"."customers" AS "t0" LEFT OUTER JOIN "public"."orders" AS "t1" ON ("t1"."customer_id" = "t0"."id") WHERE ("t0"."name" ILIKE '%1%' AND "t0"."balance" >= 10) ORDER BY "t0"."id" ASC LIMIT 10 OFFSET 0

-- a report
select date_trunc('week', o.placed) as week, r.name, count(distinct o.customer_id) as buyers, sum(o.total) filter (where o.status = 'paid') as paid, round(avg(o.total), 2) as average from orders o join customers c on c.id = o.customer_id left join regions r on r.code = 'de' group by 1, 2 order by 1 desc limit 10
