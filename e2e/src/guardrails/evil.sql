-- Each entry: a title, then what a session sends. Between entries stands an empty line, between messages "--- then".

-- plain
delete from customers

-- plain with a predicate
delete from customers where id = 1

-- plain update
update customers set balance = 0

-- plain insert
insert into customers (id) values (1000)

-- insert of a query
insert into customers (id, name) select id + 1000, name from customers

-- insert of default values
insert into customers default values

-- upsert
insert into customers (id) values (1) on conflict (id) do update set balance = -1

-- upsert that does nothing else
insert into customers (id) values (2000) on conflict do nothing

-- merge
merge into customers c using orders o on o.customer_id = c.id when matched then delete

-- merge that inserts
merge into customers c using (values (5000)) v(id) on c.id = v.id when not matched then insert (id) values (v.id)

-- merge that does nothing in the end
merge into customers c using (values (1)) v(id) on c.id = v.id when matched and c.balance > 0 then update set balance = 0 when matched then do nothing

-- truncate
truncate customers cascade

-- truncate of another with cascade
truncate parent cascade

-- truncate of several
truncate only orders, customers

-- returning
update customers set balance = 1 returning *

-- qualified
delete from public.customers

-- qualified with the database
delete from shop.public.customers

-- upper case
DELETE FROM CUSTOMERS

-- mixed case
DeLeTe FrOm CuStOmErS

-- quoted
delete from "customers"

-- quoted with schema
delete from "public"."customers"

-- unicode escapes in an identifier
delete from U&"\0063ustomers"

-- unicode escapes with another escape character
delete from U&"!0063ustomers" uescape '!'

-- unicode escapes of six digits
delete from U&"\+000063ustomers"

-- only
delete from only customers

-- with a star
delete from customers *

-- an alias
delete from customers as c where c.id > 0

-- using
delete from customers c using orders o where o.customer_id = c.id

-- where current of
begin; declare c cursor for select * from customers for update; fetch c; delete from customers where current of c; commit

-- a comment in the middle
delete/**/from/* x */customers

-- nested comments
/* /* select */ */ delete from customers

-- a line comment before
-- select 1
delete from customers

-- a comment that looks like an end
select 1 /* ; */; delete from customers -- ;

-- a string that looks like a comment
select '--'; delete from customers

-- a string that looks like a beginning of one
select '/*'; delete from customers; select '*/'

-- a dollar string before
select $$;$$; delete from customers

-- a tagged dollar string before
select $a$ $$ ; $a$; delete from customers

-- an escape string before
select E'\'; '; delete from customers

-- an escape string with a double backslash
select E'\\'; delete from customers; select E'\\'

-- backslash in a plain string
select '\'; delete from customers; select '\'

-- strings over lines
select 'a'
'b'; delete from customers

-- bit strings
select B'1', X'ff'; delete from customers

-- a national string
select N'x'; delete from customers

-- white space of all kinds
delete		from
customers

-- carriage return after a line comment
select 1 --; nothing
; delete from customers

-- leading semicolons
;;; delete from customers

-- parentheses around a select after it
(select 1); delete from customers

-- several statements
select 1; delete from customers; select 2

-- two of them in a transaction
begin; select 1; update customers set balance = 3; commit

-- after a read-only transaction
begin read only; select 1; commit; delete from customers

-- a read-write transaction
begin read write; delete from customers; commit

-- start transaction read write
start transaction read write

-- start transaction read write, in messages
start transaction isolation level serializable, read write
--- then
delete from customers
--- then
commit

-- set transaction read write
begin
--- then
set transaction read write
--- then
delete from customers
--- then
commit

-- set transaction by its setting
begin; set transaction_read_only = off; delete from customers; commit

-- set local
begin; set local transaction_read_only to 'false'; delete from customers; commit

-- session characteristics
set session characteristics as transaction read write
--- then
delete from customers

-- default_transaction_read_only
set default_transaction_read_only = off
--- then
delete from customers

-- its name in other letters
SET "Default_Transaction_Read_Only" TO 0
--- then
delete from customers

-- its default
set default_transaction_read_only to default
--- then
delete from customers

-- set_config
select set_config('default_transaction_read_only', 'off', false)
--- then
delete from customers

-- set_config by a computed name
select set_config('default_transaction_' || 'read_only', 'off', false)
--- then
delete from customers

-- set_config of rows
select set_config(n, 'off', false) from (values ('default_transaction_read_only')) v(n)
--- then
delete from customers

-- set_config by named arguments
select set_config(is_local => false, new_value => 'off', setting_name => 'default_transaction_read_only')
--- then
delete from customers

-- pg_settings
update pg_settings set setting = 'off' where name = 'default_transaction_read_only'
--- then
delete from customers

-- reset
reset default_transaction_read_only
--- then
delete from customers

-- reset all
reset all
--- then
delete from customers

-- discard all
discard all
--- then
delete from customers

-- alter role
alter role app set default_transaction_read_only = off

-- alter database
alter database shop set default_transaction_read_only = off

-- alter system
alter system set default_transaction_read_only = off

-- set role
set role postgres
--- then
delete from customers

-- set session authorization
set session authorization postgres
--- then
delete from customers

-- set role by its setting
set "role" = 'postgres'

-- set role by set_config
select set_config('role', 'postgres', false)

-- triggers switched off
set session_replication_role = replica

-- a with that deletes
with gone as (delete from customers returning *) select * from gone

-- a with that nobody reads
with gone as (delete from customers) select 1

-- a with that updates
with changed as (update customers set balance = 9 returning id) select count(*) from changed

-- a with that inserts
with made as (insert into customers (id) values (3000) returning id) select id from made

-- a with that merges
with made as (merge into customers c using (values (1)) v(id) on v.id = c.id when matched then update set balance = 4 returning c.id) select id from made

-- the second of two
with a as (select 1), b as (delete from customers returning id) select * from a, b

-- materialized
with gone as materialized (delete from customers returning id) select * from gone

-- recursive
with recursive n(i) as (select 1 union all select i + 1 from n where i < 3), gone as (delete from customers where id in (select i from n) returning id) select * from gone

-- named like the table
with customers as (delete from public.customers returning *) select * from customers

-- explain analyze
explain analyze delete from customers

-- explain with options
explain (analyze true, costs off) update customers set balance = 5

-- explain (analyze) in numbers
explain (analyze 1) delete from customers

-- explain analyze of a with
explain analyze with gone as (delete from customers returning 1) select * from gone

-- explain analyze of a function
explain analyze select sql_delete()

-- explain analyze execute
prepare p as delete from customers; explain analyze execute p

-- explain analyze create table as
explain analyze create table copy_of_customers as select sql_delete()

-- prepare and execute
prepare gone as delete from customers; execute gone

-- prepare, then execute
prepare gone as delete from customers
--- then
execute gone

-- prepare with parameters
prepare gone(int) as delete from customers where id = $1
--- then
execute gone(1)

-- an argument that deletes
prepare one(int) as select $1
--- then
execute one(sql_delete())

-- execute of nothing known
execute nowhere

-- create table as execute
prepare gone as delete from customers returning id
--- then
create temp table t as execute gone

-- a prepared name that means another thing later
prepare p as select 1
--- then
deallocate p
--- then
prepare p as delete from customers
--- then
execute p

-- do
do $$ begin delete from customers; end $$

-- do in one string
do 'begin delete from customers; end'

-- do in another language order
do language plpgsql $x$ begin perform public.sql_delete(); end $x$

-- do that runs a string
do $$ begin execute 'dele' || 'te from customers'; end $$

-- a function in SQL
select sql_delete()

-- a function of the standard
select sql_delete_standard()

-- a function in PL/pgSQL
select pl_delete()

-- qualified
select public.pl_delete()

-- quoted
select "pl_delete"()

-- in unicode escapes
select U&"\0070l_delete"()

-- in FROM
select * from pl_delete()

-- in FROM with ordinality
select * from pl_delete() with ordinality

-- in ROWS FROM
select * from rows from (pl_delete(), generate_series(1, 2))

-- lateral
select * from orders o, lateral pl_delete() d

-- in WHERE
select 1 from orders where pl_delete() = 1

-- in ORDER BY
select id from orders order by pl_delete()

-- in GROUP BY
select count(*) from orders group by pl_delete()

-- in HAVING
select 1 from orders having pl_delete() = 1

-- in LIMIT
select 1 limit pl_delete()

-- in OFFSET
select 1 offset pl_delete()

-- in DISTINCT ON
select distinct on (pl_delete()) id from orders

-- in a join condition
select 1 from orders a join orders b on pl_delete() = a.id

-- in VALUES
values (pl_delete())

-- in CASE
select case when true then pl_delete() else 0 end

-- in COALESCE
select coalesce(null, pl_delete())

-- in a subquery
select (select pl_delete())

-- in EXISTS
select exists (select pl_delete())

-- in IN
select 1 where 1 in (select pl_delete())

-- in an array
select array[pl_delete()]

-- in an array of a query
select array(select pl_delete())

-- in a row
select row(pl_delete(), 2)

-- in a subscript
select (array[1, 2])[pl_delete()]

-- in a window
select sum(id) over (order by pl_delete()) from orders

-- in a named window
select sum(id) over w from orders window w as (partition by pl_delete())

-- in a filter
select count(*) filter (where pl_delete() = 1) from orders

-- in the order of an aggregate
select string_agg(status, ',' order by pl_delete()) from orders

-- in a json constructor
select json_object('a': pl_delete())

-- in json_array of a query
select json_array(select pl_delete())

-- in xml
select xmlelement(name a, pl_delete())

-- in a set operation
select 1 union all select pl_delete()

-- in a tablesample
select * from orders tablesample bernoulli (pl_delete())

-- as an argument of another
select abs(pl_delete())

-- as a named argument
select add_tax(amount => pl_delete())

-- in a cast
select pl_delete()::text

-- in json_table
select * from json_table('{}', '$' columns (a int path '$.a' default pl_delete() on empty))

-- in grouping sets
select count(*) from orders group by grouping sets ((pl_delete()), ())

-- in a between
select 1 where 5 between pl_delete() and 10

-- in is distinct from
select 1 is distinct from pl_delete()

-- in a fetch first
select 1 fetch first (pl_delete()) rows only

-- in a collate
select pl_delete()::text collate "C"

-- in an at time zone
select now() at time zone (pl_delete()::text)

-- with a dynamic text
select pl_dynamic('delete from customers')

-- with a dynamic text made up
select pl_dynamic(convert_from(decode('64656c6574652066726f6d20637573746f6d657273', 'hex'), 'utf8'))

-- with a format
select pl_format('customers')

-- a function that says it is stable
select looks_stable()

-- a function that says it is immutable
select looks_immutable(1)

-- a function in SQL that says it is immutable
select sql_immutable(1)

-- nested functions
select nested()

-- a loop over an update
select * from pl_loop()

-- return query
select * from pl_query()

-- a cursor in a function
select pl_cursor()

-- a with in a function
select pl_with()

-- truncate in a function
select pl_truncate()

-- a definition in a function
select pl_ddl()

-- copy in a function
select pl_copy()

-- do in a function
select pl_nested_do()

-- security definer
select definer_delete()

-- a search_path of its own
select path_delete()

-- a row as argument
select delete_of(c) from customers c

-- a row as argument, in attribute notation
select c.delete_of from customers c

-- an attribute of an expression
select (c).delete_of from customers c

-- an attribute of a subquery
select s.delete_of from (select c from customers c) s(x), lateral (select s.x) t

-- an attribute of a row in parentheses
select (s.x).delete_of from (select c as x from customers c) s

-- an attribute of a scalar function
select f.delete_one from generate_series(1, 3) f

-- parameters named like columns
select delete_one(1)

-- a default that deletes
select with_default()

-- variadic
select variadic_delete(1, 2, 3)

-- variadic with an array
select variadic_delete(variadic array[1, 2])

-- call
call proc_delete()

-- call of a procedure that commits
call proc_commit()

-- call, qualified
call public."proc_delete"()

-- an aggregate
select sum_delete(id) from orders

-- an aggregate over a window
select sum_delete(id) over () from orders

-- an aggregate by its final function
select sum_final(id) from orders

-- an operator
select 1 <=># 2

-- an operator, qualified
select 1 operator(public.<=>#) 2

-- a prefix operator
select @@! 1

-- an operator with any
select 1 <=># any (array[1, 2])

-- an operator with all of a query
select 1 <=># all (select id from orders)

-- an operator in a join
select 1 from orders a join orders b on a.id <=># b.id

-- an operator in order by
select id from orders order by id using operator(public.<=>#)

-- an operator that hides behind =
select 'a' operator(evil.=) 'a'

-- a search_path before pg_catalog
set search_path = evil, pg_catalog, public
--- then
select lower(name) from customers

-- an operator of a search_path before pg_catalog
set search_path = evil, pg_catalog, public
--- then
select * from customers where name = 'x'

-- IN by an operator of a search_path
set search_path = evil, pg_catalog, public
--- then
select * from customers where name in ('x', 'y')

-- search_path by set_config
select set_config('search_path', 'evil, pg_catalog, public', false)
--- then
select lower(name) from customers

-- search_path in one text
set search_path = evil, pg_catalog, public; select lower(name) from public.customers

-- set local search_path
begin; set local search_path = evil, pg_catalog; select lower('x'); commit

-- set schema
set schema 'evil'
--- then
select lower('A'), lower(name) from public.customers

-- a better overload in public
select scale('5')

-- an = of a search_path, in CASE
set search_path = evil, pg_catalog, public
--- then
select case name when 'x' then 1 end from customers

-- an = of a search_path, in USING
set search_path = evil, pg_catalog, public
--- then
select count(*) from customers join regions using (name)

-- an = of a search_path, in IN of a query
set search_path = evil, pg_catalog, public
--- then
select * from customers where name in (select name from regions)

-- an = of a search_path, in NULLIF
set search_path = evil, pg_catalog, public
--- then
select nullif(name, 'x') from customers

-- a domain as a parameter's type
select takes_domain('x')

-- a cast away from a type
select (row(1)::money_like)::integer

-- a condition of a trigger
update conditioned set id = 2

-- a domain by its row
select json_populate_record(null::holder, '{"a": "x"}')

-- a domain by a row that is there
select json_populate_record(h, '{"a": "x"}') from (select) s left join holder h on true

-- a domain by a text
select pg_input_is_valid('x', 'bad_domain')

-- a domain by its input function
select domain_in('x', 'bad_domain'::regtype, -1) is null

-- a domain called like a function
select bad_domain('x')

-- refresh of a view that calls a function
refresh materialized view bad_kept

-- an operator in PL/pgSQL
select pl_operator()

-- a function that sets the search_path
select sets_path()
--- then
select lower('x')

-- a view that sets the search_path
select * from sets_view
--- then
select lower('x')

-- a function that makes the session writable
select sets_off()
--- then
delete from customers

-- strings that end elsewhere
select unquoted()

-- a setting that names code
set plv8.start_proc = 'pl_delete'

-- qualified into a schema
select evil.lower('x')

-- a cast that calls a function
select 5::money_like

-- a cast in long words
select cast(5 as public.money_like)

-- a cast of an array
select array[1, 2]::money_like[]

-- an implicit cast
select content + 1 from purse

-- an implicit cast in a join
select 1 from purse p join orders o on o.id = p.content

-- a domain
select 'x'::bad_domain

-- a domain of a domain
select '{x}'::bad_list

-- a domain by json
select * from json_to_record('{"a": "x"}') as r(a bad_domain)

-- a domain by json_value
select json_value('{"a": "x"}', '$.a' returning bad_domain)

-- a domain in xmltable
select * from xmltable('/a' passing '<a>x</a>' columns b bad_domain path '.')

-- a view
select * from bad_view

-- a view of a view
select * from worse_view

-- a column of a view
select one from bad_view where id = 1

-- a view by table
table bad_view

-- a predicate of a view
select * from bad_where

-- a count of a view
select count(*) from bad_view v where v.one = 1

-- an updatable view
delete from updatable

-- an updatable view of a view
update updatable_twice set balance = 0

-- insert into an updatable view
insert into updatable (id, name) values (7000, 'x')

-- instead of
insert into instead_view values (1)

-- instead of, delete
delete from instead_view

-- a rule
insert into ruled values (1)

-- a rule, update
update ruled set id = 2

-- a rule, delete
delete from ruled

-- a trigger
insert into triggered values (1)

-- a trigger, truncate
truncate triggered

-- a default
insert into defaulted (id) values (1)

-- a check
insert into checked values ('x')

-- a cascade
delete from parent where id = 1

-- a cascade of an update
update parent set id = id + 100

-- a child
insert into hidden_customers (id, name) values (9000, 'x')

-- copy in
copy customers (id) from stdin

-- copy in, text of rows
copy customers from stdin with (format csv)

-- copy from a file
copy customers from '/etc/passwd'

-- copy from a program
copy customers from program 'cat /etc/passwd'

-- copy to a program
copy (select * from customers) to program 'cat > /tmp/x'

-- copy to a file
copy customers to '/tmp/customers'

-- copy of a delete
copy (delete from customers returning *) to stdout

-- copy of a function
copy (select pl_delete()) to stdout

-- copy of a view
copy (select * from bad_view) to stdout

-- copy with a predicate
copy customers (id) from stdin where pl_delete() = 1

-- copy in, to a view
copy updatable (id) from stdin

-- select into
select * into copy_of_customers from customers

-- select into temp
select * into temp copy_of_customers from customers

-- create table as
create table copy_of_customers as select * from customers

-- create temp table as a function
create temp table t as select pl_delete()

-- create materialized view
create materialized view m as select pl_delete()

-- refresh
refresh materialized view totals

-- create view
create view v as select * from customers

-- create temp view
create temp view v as select pl_delete()

-- create function
create function f() returns int language sql as $$ delete from customers; select 1 $$

-- create function, then call
create function pg_temp.f() returns int language sql as $$ delete from customers; select 1 $$
--- then
select pg_temp.f()

-- create rule
create rule r as on select to orders do instead select 1

-- create rule on insert
create rule r as on insert to audit do also delete from customers

-- create trigger
create trigger t before insert on audit for each row execute function on_triggered()

-- create operator
create operator public.=== (leftarg = int, rightarg = int, function = operator_delete)

-- create cast
create cast (text as money_like) with inout

-- create aggregate
create aggregate a(int) (sfunc = step_delete, stype = int)

-- create extension
create extension lo

-- create event trigger
create event trigger e on ddl_command_start execute function on_triggered()

-- create policy
create policy p on customers using (pl_delete() = 1)

-- create index
create index on customers (pl_delete())

-- create index concurrently
create index concurrently on customers (name)

-- create statistics
create statistics s on name, email from customers

-- create sequence
create sequence owned owned by customers.id

-- create schema with elements
create schema s create table t (id int)

-- create publication
create publication p for table customers

-- create subscription
create subscription s connection 'host=127.0.0.1' publication p

-- create server
create server s foreign data wrapper postgres_fdw

-- drop
drop table customers

-- drop, cascade
drop table if exists public.customers cascade

-- drop a schema
drop schema public cascade

-- drop owned
drop owned by app

-- reassign
reassign owned by app to postgres

-- alter table
alter table customers drop column ssn

-- alter table, rename
alter table customers rename to customers_old

-- alter table, rewrite
alter table customers alter column id type bigint

-- alter table, trigger
alter table triggered disable trigger all

-- alter table, inherit
alter table audit inherit customers

-- alter table, partition
alter table events detach partition events_2026

-- alter schema
alter schema public rename to private

-- alter sequence
alter sequence counter restart

-- comment
comment on table customers is 'mine'

-- security label
security label on table customers is 'x'

-- grant
grant all on customers to public

-- revoke
revoke all on customers from app

-- grant of a role
grant postgres to app

-- alter default privileges
alter default privileges grant all on tables to public

-- vacuum
vacuum full customers

-- analyze
analyze customers

-- cluster
cluster customers using customers_pkey

-- reindex
reindex table customers

-- lock
begin; lock table customers in access exclusive mode; commit

-- notify
notify gone, 'x'

-- pg_notify
select pg_notify('gone', name) from customers

-- load
load 'auto_explain'

-- checkpoint
checkpoint

-- import foreign schema
import foreign schema public from server loop into crm

-- a foreign table
select * from far_customers

-- a foreign table, changed
delete from far_customers

-- a file
select * from password_file

-- dblink
select * from dblink('dbname=shop', 'delete from customers returning id') as t(id int)

-- dblink_exec
select dblink_exec('dbname=shop', 'delete from customers')

-- dblink in steps
select dblink_connect('c', 'dbname=shop'), dblink_send_query('c', 'delete from customers')

-- crosstab runs a string
select * from crosstab('delete from customers returning id, id, id') as t(a int, b int)

-- connectby reads by strings
select * from connectby('customers', 'id', 'parent_id', '1', 0) as t(a int, b int, c int)

-- query_to_xml
select query_to_xml('delete from customers returning *', true, false, '')

-- query_to_xml of a function
select query_to_xml('select pl_delete()', true, false, '')

-- cursor_to_xml
select cursor_to_xml('c', 1, true, false, '')

-- table_to_xml of a view
select table_to_xml('bad_view', true, false, '')

-- database_to_xml
select database_to_xml(true, false, '')

-- ts_stat
select * from ts_stat('select pl_delete()::text::tsvector')

-- ts_rewrite
select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, pl_delete()::text::tsquery')

-- nextval
select nextval('counter')

-- nextval by attribute
select s.nextval from (values ('counter'::regclass)) s(nextval), lateral nextval(s.nextval)

-- setval
select setval('counter', 1)

-- lo_create
select lo_create(0)

-- lo_from_bytea
select lo_from_bytea(0, 'x')

-- lo_import
select lo_import('/etc/passwd')

-- lo_export
select lo_export(1, '/tmp/x')

-- lo_unlink
select lo_unlink(oid) from pg_largeobject_metadata

-- pg_read_file
select pg_read_file('/etc/passwd')

-- pg_read_binary_file by attribute
select f.pg_read_binary_file from (values ('/etc/passwd')) v(x), lateral (select v.x) f, lateral pg_read_binary_file(f.x)

-- pg_ls_dir
select * from pg_ls_dir('.')

-- pg_stat_file
select pg_stat_file('/etc/passwd')

-- pg_hba_file_rules
select * from pg_hba_file_rules

-- pg_reload_conf
select pg_reload_conf()

-- pg_terminate_backend
select pg_terminate_backend(pid) from pg_stat_activity

-- pg_cancel_backend
select pg_cancel_backend(1)

-- pg_switch_wal
select pg_switch_wal()

-- pg_logical_emit_message
select pg_logical_emit_message(false, 'x', name) from customers

-- pg_create_logical_replication_slot
select pg_create_logical_replication_slot('s', 'pgoutput')

-- pg_stat_reset
select pg_stat_reset()

-- pg_import_system_collations
select pg_import_system_collations('public')

-- pg_promote
select pg_promote()

-- brin
select brin_summarize_new_values('customers_pkey')

-- pg_restore_relation_stats
select pg_restore_relation_stats('schemaname', 'public', 'relname', 'customers', 'reltuples', 1::real)

-- catalogue
update pg_class set relname = 'gone' where relname = 'customers'

-- catalogue, delete
delete from pg_catalog.pg_attribute where attrelid = 'customers'::regclass

-- catalogue, statistics
delete from pg_statistic

-- catalogue, upsert by a with
with a as (update pg_authid set rolsuper = true returning 1) select * from a

-- a cursor over a with that deletes
declare c cursor for with a as (delete from customers returning 1) select * from a

-- a cursor over a function
begin
--- then
declare c cursor for select pl_delete() from orders
--- then
fetch c
--- then
commit

-- a cursor with hold
declare c cursor with hold for select pl_delete()
--- then
fetch all from c

-- a cursor of a function's
begin
--- then
fetch all from "<unnamed portal 1>"
--- then
commit

-- prepare transaction
begin; delete from customers; prepare transaction 'x'

-- commit prepared
commit prepared 'x'

-- and chain
begin; rollback and chain; set transaction read write; delete from customers; commit

-- savepoints
begin; savepoint a; delete from customers; release a; commit

-- after an error
select 1/0; delete from customers

-- after an error, in messages
select 1/0
--- then
delete from customers

-- commit in the middle
begin; select 1; commit; delete from customers

-- begin atomic
begin; end; delete from customers

-- nothing that a parser knows
delete from customers where

-- another language
DROP DATABASE shop; --

-- a meta-command of psql
\! psql -c 'delete from customers'

-- a full width letter
ｄelete from customers

-- a zero width space
delete from customers​ where id = 1

-- a byte order mark before
﻿delete from customers

-- a no-break space
delete from customers

-- a long list
delete from customers where id in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)

-- a partition
delete from events_2026 where (select pl_delete()) = 1

-- a self join
update customers a set balance = b.balance + 1 from customers b where a.id = b.id

-- assignments of several columns
update customers set (balance, name) = (select 1, 'x')

-- a sublink in an assignment
update orders set total = pl_delete()

-- an update that changes nothing
update customers set id = id

-- for update in a with
with locked as (select * from customers for update) update customers c set balance = 1 from locked where locked.id = c.id

-- standard_conforming_strings
set standard_conforming_strings = off
--- then
select 'a\'; delete from customers; --'

-- client_encoding
set client_encoding = 'SJIS'
--- then
select '表'; delete from customers

-- client_encoding by names
set names 'GB18030'

-- role as a word
set local role postgres

-- application of a rule by copy
copy ruled from stdin

-- a copy into a trigger
copy triggered from stdin

-- insert with overriding
insert into orders overriding system value values (1000, 1, 'x', 1, now())

-- insert of a function's rows
insert into audit (what) select pl_delete()

-- insert with a returning that deletes
insert into audit (what) values ('x') returning pl_delete()

-- with in an insert
with a as (delete from customers returning id) insert into audit (what) select id::text from a

-- insert with a with inside
insert into audit (what) with a as (delete from customers returning id) select id::text from a

-- a set-returning function in the list
select pl_loop(), generate_series(1, 2)

-- an ordered-set aggregate
select percentile_cont(pl_delete()) within group (order by id) from orders

-- a quantified comparison
select 1 where 1 = any (select pl_delete())

-- nullif
select nullif(pl_delete(), 1)

-- greatest
select greatest(1, pl_delete())

-- a field of a composite
select (delete_row).id from (select delete_of(c) as id from customers c) delete_row

-- a star of a function
select (pl_loop()).*
