-- What the corpus finds on the target: customers, and every way to change them that is not a statement's own words.
-- Run by the superuser, as app. The account of the proxy may do everything: only the proxy stands in the way.
create table public.customers (
  id integer primary key, name text, ssn text, email text, card text, balance numeric not null default 0,
  joined timestamptz not null default now(), doc jsonb, tags text[]);
insert into public.customers
  select n, 'Customer ' || n, '123-45-' || (6000 + n), 'c' || n || '@example.com', '4242', n * 10, now(), '{"a": 1}', array['x', 'y']
  from generate_series(1, 40) n;
create table public.orders (
  id serial primary key, customer_id integer references public.customers on delete cascade, status text, total numeric, placed date);
insert into public.orders (customer_id, status, total, placed)
  select n % 40 + 1, 'paid', n, date '2026-01-01' + n from generate_series(1, 200) n;
create table public.audit (id serial primary key, what text, at timestamptz default clock_timestamp());
create table public.regions (code text primary key, name text, parent text);
insert into public.regions values ('eu', 'Europe', null), ('de', 'Germany', 'eu'), ('fr', 'France', 'eu');
create schema crm;
create table crm.leads (id integer primary key, customer_id integer, note text);
insert into crm.leads select n, n, 'lead ' || n from generate_series(1, 20) n;
create table public.events (id integer, at date, body text) partition by range (at);
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
insert into public.events select n, date '2026-03-01' + n, 'event ' || n from generate_series(1, 30) n;
create extension hstore schema public;
create extension pgcrypto schema public;
create extension citext schema public;
create extension dblink schema public;
create extension tablefunc schema public;
create extension postgres_fdw schema public;
create extension file_fdw schema public;

-- harmless routines and views
create function public.full_name(c public.customers) returns text language sql stable as $$ select c.name || ' <' || c.email || '>' $$;
create function public.add_tax(amount numeric) returns numeric language sql immutable return amount * 1.19;
create function public.order_total(wanted integer) returns numeric language sql stable as $$ select sum(total) from orders where customer_id = wanted $$;
create function public.initials(name text) returns text language plpgsql immutable as $$
  begin return upper(left(name, 1)); end $$;
create function public.how_many(relation text) returns bigint language plpgsql stable as $$
  declare n bigint;
  begin if relation = 'orders' then select count(*) into n from orders; else select count(*) into n from customers; end if; return n; end $$;
create function public.top_orders(n integer) returns table (id integer, total numeric) language sql stable as $$ select id, total from orders order by total desc limit n $$;
create function public.next_word(previous text, word text) returns text language sql immutable as $$ select coalesce(previous || ' ', '') || word $$;
create aggregate public.words(text) (sfunc = public.next_word, stype = text);
create function public.same_region(a text, b text) returns boolean language sql immutable as $$ select lower(a) = lower(b) $$;
create operator public.=~= (leftarg = text, rightarg = text, function = public.same_region);
create domain public.short_text as text check (length(value) < 500);
create type public.mood as enum ('sad', 'ok', 'happy');
create view public.paid as select o.id, c.name, o.total from orders o join customers c on c.id = o.customer_id where o.status = 'paid';
create view public.big_paid as select * from paid where total > 100;
create materialized view public.totals as select customer_id, sum(total) as total from orders group by 1;
create view public.named as select id, public.full_name(c) as label from customers c;

-- routines that change customers
create function public.sql_delete() returns integer language sql volatile as $$ delete from public.customers where id = 1; select 1 $$;
create function public.sql_delete_standard() returns void language sql begin atomic delete from public.customers where id = 2; end;
create function public.pl_delete() returns integer language plpgsql as $$ begin delete from public.customers where id = 3; return 1; end $$;
create function public.pl_dynamic(statement text) returns integer language plpgsql as $$ begin execute statement; return 1; end $$;
create function public.pl_format(t text) returns integer language plpgsql as $$ begin execute format('delete from %I where id = 4', t); return 1; end $$;
create function public.looks_stable() returns integer language plpgsql stable as $$ begin return public.pl_delete(); end $$;
create function public.looks_immutable(x integer) returns integer language plpgsql immutable as $$ begin perform public.sql_delete(); return x; end $$;
create function public.sql_immutable(x integer) returns integer language sql immutable as $$ select public.looks_immutable(x) $$;
create function public.nested() returns integer language sql as $$ select public.looks_stable() $$;
create function public.pl_loop() returns setof integer language plpgsql as $$
  declare r record; begin for r in update public.customers set balance = balance + 1 returning id loop return next r.id; end loop; end $$;
create function public.pl_query() returns setof integer language plpgsql as $$
  begin return query delete from public.customers where id = 5 returning id; end $$;
create function public.pl_cursor() returns integer language plpgsql as $$
  declare c cursor for select * from public.customers for update; r record;
  begin open c; fetch c into r; update public.customers set balance = 0 where current of c; close c; return 1; end $$;
create function public.pl_with() returns integer language plpgsql as $$
  begin with gone as (delete from public.customers where id = 6 returning 1) select 1 into strict found from gone; return 1; exception when others then return 0; end $$;
create function public.pl_truncate() returns integer language plpgsql as $$ begin truncate public.customers cascade; return 1; end $$;
create function public.pl_ddl() returns integer language plpgsql as $$ begin alter table public.customers add column extra int; return 1; end $$;
create function public.pl_copy() returns integer language plpgsql as $$ begin copy public.customers (id) from program 'echo 999'; return 1; end $$;
create function public.pl_nested_do() returns integer language plpgsql as $$ begin do 'begin delete from public.customers; end'; return 1; end $$;
create function public.definer_delete() returns integer language sql security definer set search_path = public as $$ delete from customers where id = 7; select 1 $$;
create function public.path_delete() returns integer language sql set search_path = crm, public as $$ delete from customers where id = 8; select 1 $$;
create function public.delete_of(c public.customers) returns integer language sql as $$ delete from public.customers where id = c.id; select 1 $$;
create function public.delete_one(id integer) returns integer language sql as $$ delete from public.customers x where x.id = delete_one.id; select 1 $$;
create function public.with_default(a integer default public.pl_delete()) returns integer language sql immutable as $$ select a $$;
create function public.variadic_delete(variadic ids integer[]) returns integer language sql as $$ delete from public.customers where id = any(ids); select 1 $$;
create procedure public.proc_delete() language sql as $$ delete from public.customers where id = 9 $$;
create procedure public.proc_commit() language plpgsql as $$ begin delete from public.customers where id = 10; commit; end $$;
create function public.step_delete(state integer, x integer) returns integer language sql as $$ select public.sql_delete() + state $$;
create aggregate public.sum_delete(integer) (sfunc = public.step_delete, stype = integer, initcond = '0');
create function public.bad_final(state integer) returns integer language plpgsql as $$ begin delete from public.customers where id = 11; return state; end $$;
create function public.keep_state(state integer, x integer) returns integer language sql immutable as $$ select state + x $$;
create aggregate public.sum_final(integer) (sfunc = public.keep_state, stype = integer, initcond = '0', finalfunc = public.bad_final);
create function public.operator_delete(a integer, b integer) returns boolean language sql as $$ delete from public.customers where id = a; select true $$;
create operator public.<=># (leftarg = integer, rightarg = integer, function = public.operator_delete);
create function public.prefix_delete(a integer) returns integer language sql as $$ delete from public.customers where id = a; select a $$;
create operator public.@@! (rightarg = integer, function = public.prefix_delete);
create schema evil;
create function evil.lower(a text) returns text language sql as $$ delete from public.customers where id = 12; select a $$;
create function evil.same(a text, b text) returns boolean language sql as $$ delete from public.customers where id = 13; select true $$;
create operator evil.= (leftarg = text, rightarg = text, function = evil.same);
create function public.scale(a text) returns text language sql as $$ delete from public.customers where id = 14; select 'x' $$;
create type public.money_like as (amount integer);
create function public.to_money_like(a integer) returns public.money_like language plpgsql as $$ begin delete from public.customers where id = 15; return row(a)::public.money_like; end $$;
create cast (integer as public.money_like) with function public.to_money_like(integer);
create function public.from_money_like(a public.money_like) returns integer language plpgsql as $$ begin delete from public.customers where id = 16; return a.amount; end $$;
create cast (public.money_like as integer) with function public.from_money_like(public.money_like) as implicit;
create table public.purse (id integer, content public.money_like);
insert into public.purse values (1, row(5));
create function public.bad_check(a text) returns boolean language plpgsql as $$ begin delete from public.customers where id = 17; return true; end $$;
create domain public.bad_domain as text check (public.bad_check(value));
create function public.takes_domain(a public.bad_domain) returns integer language sql immutable as $$ select 1 $$;
create domain public.bad_list as public.bad_domain[];
create view public.bad_view as select id, public.pl_delete() as one from public.orders;
create view public.worse_view as select * from public.bad_view;
create view public.bad_where as select id from public.orders where public.looks_stable() = 1;
create view public.updatable as select id, name, balance from public.customers where id > 0;
create view public.updatable_twice as select id, balance from public.updatable;
create view public.instead_view as select 1 as id;
create function public.instead() returns trigger language plpgsql as $$ begin delete from public.customers where id = 18; return new; end $$;
create trigger instead instead of insert or update or delete on public.instead_view for each row execute function public.instead();
create table public.ruled (id integer);
create rule ruled_insert as on insert to public.ruled do also delete from public.customers where id = new.id;
create rule ruled_update as on update to public.ruled do instead update public.customers set balance = 0;
create rule ruled_delete as on delete to public.ruled do instead (delete from public.customers where id = 19; notify gone);
create table public.triggered (id integer);
create function public.on_triggered() returns trigger language plpgsql as $$ begin delete from public.customers where id = 20; return new; end $$;
create trigger t after insert or update or delete on public.triggered for each row execute function public.on_triggered();
create trigger s after truncate on public.triggered for each statement execute function public.on_triggered();
create table public.defaulted (id integer, gone integer default public.pl_delete());
create table public.checked (id text check (public.bad_check(id)));
create table public.parent (id integer primary key);
alter table public.customers add column parent_id integer references public.parent on delete cascade on update cascade;
insert into public.parent select n from generate_series(1, 5) n;
update public.customers set parent_id = id - 29 where id between 30 and 34;
create table public.hidden_customers () inherits (public.customers);
create table public.conditioned (id integer);
create function public.nothing() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger c before update on public.conditioned for each row when (public.pl_delete() = 1) execute function public.nothing();
insert into public.conditioned values (1);
create table public.holder (a public.bad_domain);
create materialized view public.bad_kept as select public.pl_delete() as one with no data;
create function public.pl_operator() returns boolean language plpgsql as $$ begin return 21 <=># 1; end $$;
create function public.sets_path() returns text language sql as $$ select set_config('search_path', 'evil, pg_catalog', false) $$;
create function public.sets_off() returns text language plpgsql as $$ begin return set_config('default_transaction_read_only', 'off', false); end $$;
create view public.sets_view as select set_config('search_path', 'evil, pg_catalog', false);
create function public.sets_tenant(t text) returns text language sql as $$ select set_config('app.tenant', t, true) $$;
create function public.unquoted() returns text language sql set standard_conforming_strings = off as $$ select 'a\'; delete from public.customers; --' $$;
create sequence public.counter;
create server loop foreign data wrapper postgres_fdw options (host '127.0.0.1', dbname 'shop');
create server files foreign data wrapper file_fdw;
create foreign table public.far_customers (id integer, name text) server loop options (table_name 'customers');
create foreign table public.password_file (line text) server files options (filename '/etc/passwd');
