-- 1: of each query, the columns that may hold tagged data; no others.
select ssn from customers; -- 1
select name, ssn || '', reverse(ssn), md5(name) from customers; -- 2 3
select chr(ascii(ssn)), name from customers; -- 1
select substr(ssn, n, 1), n from customers, generate_series(1, 3) n; -- 1
select string_agg(x, '') from (select substr(ssn, n, 1) as x from customers, generate_series(1, 9) n) s; -- 1
select g from customers c, generate_series(1, length(c.ssn)) g; -- 1
select v.x, v.y from customers c, lateral (values (c.ssn, c.name)) v(x, y); -- 1
select u.s from customers c, lateral unnest(array[c.ssn, c.name]) u(s); -- 1
select t.name, t.ssn, t.email from customers c cross join lateral (select c.*) t; -- 2 3
select (select (c.*)::text from customers c limit 1), 1; -- 1
select array(select row(c.*)::text from customers c); -- 1
select x.a, x.b from (select row_to_json(c) ->> 'ssn' as a, c.name as b from customers c) x; -- 1
select to_jsonb(c) -> 'ssn' from customers c; -- 1
select json_agg(c) from customers c; -- 1
select jsonb_path_query(to_jsonb(c), '$.ssn') from customers c; -- 1
select (json_populate_record(null::people, row_to_json(c))).ssn from customers c; -- 1
select p.name, p.ssn from customers c, json_populate_record(null::people, row_to_json(c)) p; -- 1 2
select x.ssn from json_to_recordset((select json_agg(c) from customers c)) as x(ssn text); -- 1
select e.value from customers c, json_each_text(row_to_json(c)) e; -- 1
select key from customers c, jsonb_each(to_jsonb(c)); -- 1
select k from customers c, jsonb_object_keys(to_jsonb(c)) k; -- 1
select jt.s from customers c, json_table(to_jsonb(c), '$' columns (s text path '$.ssn')) jt; -- 1
select xt.s from customers c, xmltable('/c' passing xmlelement(name c, c.ssn) columns s text path '.') xt; -- 1
select xmlforest(ssn) from customers; -- 1
select json_object('a': ssn), json_array(name) from customers; -- 1
select json_value(to_jsonb(c), '$.ssn') from customers c; -- 1
select json_array(select ssn from customers); -- 1
select regexp_split_to_table(ssn, '') from customers; -- 1
select string_to_array(ssn, NULL) from customers; -- 1
select (string_to_array(ssn, NULL))[1] from customers; -- 1
select encode(ssn::bytea, 'hex'), ssn::bytea, decode(name, 'escape') from customers; -- 1 2
select format('%s', ssn), concat(name, ssn), concat_ws('-', name, city) from customers; -- 1 2
select case when ssn like '0780511%' then 'yes' else 'no' end, name from customers; -- 1
select ssn = '0780511', ssn > '0', (ssn = '0780511') is null, (ssn = 'x') is true from customers; -- 1 2 3 4
select nullif(ssn, 'x') is null, coalesce(ssn, 'x'), greatest(ssn, name) from customers; -- 1 2 3
select coalesce(nullif(name, name), ssn) from customers; -- 1
select max(ssn), min(ssn), any_value(ssn), array_agg(ssn), mode() within group (order by ssn) from customers; -- 1 2 3 4 5
select first_value(ssn) over (), lag(email) over (order by id), nth_value(ssn, 2) over w from customers window w as (); -- 1 2 3
select rank() over (order by ssn), row_number() over (order by id) from customers; -- 1
select ntile(4) over w, count(*) over w from customers window w as (partition by ssn); -- 1
select sum(length(ssn)), avg(ascii(ssn)), bit_or(ascii(ssn)) from customers; -- 1 2 3
select percentile_disc(0.5) within group (order by ssn) from customers; -- 1
select bool_or(ssn like '0%'), every(name like 'n%') from customers; -- 1
select count(*), count(ssn), count(distinct ssn) from customers; --
select c from customers c; -- 1
select customers from customers; -- 1
select c.ssn, (c).ssn, (c.*).ssn from customers c; -- 1 2 3
select (x.r).f2, (x.r).f1 from (select row(name, ssn) as r from customers) x; -- 1
select (x.r).f1 from (select row(c, 1) as r from customers c) x; -- 1
select ((x.r).f1).name, ((x.r).f1).ssn from (select row(c, 1) as r from customers c) x; -- 2
select (array_agg(c))[1].ssn, (array_agg(c))[1].name from customers c; -- 1
select (max(row(c.*)::text)) from customers c; -- 1
select b from (select * from customers) x(a, b, c, d); --
select d, a, e from (select * from customers) x(a, b, c, d, e); -- 1 3
select j.q from (customers c join orders o on o.id = c.id) j(a, b, c, q); -- 1
select x from (select ssn from customers union all select name from customers) s(x); -- 1
select x, y from (select 1, name from customers union select id, ssn from customers) s(x, y); -- 2
select name from customers except select ssn from customers; -- 1
select name from customers intersect select ssn from customers; -- 1
with a as (select ssn as x from customers), b as (select x as y, 1 as z from a) select z, y from b; -- 2
with a(p, q) as (values (1, 2)), b as (select ssn, p from a, customers) select p, ssn from b; -- 2
with recursive t(a, b, c) as (select ''::text, ''::text, ssn from customers union all select b, c, '' from t where c <> '') select a, b, c from t limit 9; -- 1 2 3
with recursive t(n, s) as (select 1, '' union all select n + 1, (select ssn from customers where id = n) from t where n < 3) select n, s from t; -- 2
with u as (update orders set note = ssn from customers c where c.id = orders.id returning note, orders.id) select note, id from u; -- 1
update orders set note = ssn from customers c where c.id = orders.id returning note, orders.id; -- 1
update orders set note = (select email from customers limit 1) returning old.note, new.note, old.id; -- 1 2
update orders set (note, total) = (select ssn, 1 from customers limit 1) returning total, note; -- 2
update orders set note = ssn from customers c where c.id = orders.id returning orders; -- 1
update orders set note = ssn from customers c where c.id = orders.id returning to_jsonb(orders) ->> 'note'; -- 1
insert into orders (id, note) select id + 100, ssn from customers returning *; -- 4
insert into orders (id, note) values (100, (select ssn from customers limit 1)) returning id, note; -- 2
insert into orders (id, note) select 1, ssn from customers limit 1 on conflict (id) do update set note = excluded.note returning id, note; -- 2
insert into orders as o (id, note) values (1, 'a') on conflict (id) do update set note = (select email from customers limit 1) returning o.note, new.note; -- 1 2
delete from customers where id = 99 returning name, ssn, old.email, new.ssn; -- 2 3 4
delete from orders using customers c where c.id = orders.id returning c.ssn, note; -- 1
merge into orders o using customers c on o.id = c.id when matched then update set note = c.ssn returning o.note, o.id; -- 1
merge into orders o using (select id, ssn as s from customers) c on o.id = c.id + 100 when not matched then insert (id, note) values (c.id + 100, c.s) returning new.note, merge_action(), c.id; -- 1
select number, loud, id from customer_numbers; -- 1 2
select total, n.number from nested n; -- 2
select name from united; -- 1
select (c).ssn, (c).name from rows; -- 1
select (row(name, ssn)::address).street, (row(name, ssn)::address).zip from customers; -- 2
select email, id from stored; -- 1
select ssn_upper from customers; -- 1
select c.ssn_upper || '', c.name from customers c; -- 1
select s from starred s; -- 1
select numbers(), names(); -- 1
select n from numbers() n; -- 1
select whole(1); -- 1
select (whole(1)).ssn; -- 1
select first, second from pair(1); -- 2
select a, b from listing(); -- 2
select twice(ssn), twice(name) from customers; -- 1
select c.full_name from customers c; -- 1
select attname, most_common_vals from pg_stats where tablename = 'customers'; -- 2
select most_common_vals::text from pg_stats where tablename = 'customers'; -- 1
select to_jsonb(s) from pg_stats s where tablename = 'customers'; -- 1
select s from pg_stats s where tablename = 'customers'; -- 1
select stavalues1 from pg_statistic where starelid = 'customers'::regclass; -- 1
select query from pg_stat_activity; -- 1
select histogram_bounds from pg_stats; -- 1
select a.x from (select most_common_vals::text as x, attname as y from pg_stats) a; -- 1
select ssn collate "C", ssn::varchar(3), cast(ssn as char(9)), ssn::text::int8 from customers; -- 1 2 3 4
select ssn as name, name as ssn from customers; -- 1
select n.ssn from (select name as ssn from customers) n; --
select (select s from (select ssn as s from customers) q limit 1), (select count(*) from customers); -- 1
select exists (select 1 from customers where ssn like '0%'); --
select id in (select length(ssn) from customers) from orders; -- 1
select 'x' = any (array(select ssn from customers)); -- 1
select o.id, (select c.ssn from customers c where c.id = o.customer_id) from orders o; -- 2
select o.id, l.* from orders o left join lateral (select c.ssn, c.name from customers c where c.id = o.customer_id) l on true; -- 2
select a.ssn, b.name from customers a join customers b using (ssn); -- 1
select ssn from customers a full join people b using (ssn); -- 1
select a.name from customers a natural join people b; --
select * from (select name from customers) a natural join (select ssn as name from customers) b; --
select name from (select name from customers) a full join (select ssn as name from customers) b using (name); -- 1
select name from (select name from customers) a right join (select ssn as name from customers) b using (name); -- 1
select j.name from ((select name from customers) a right join (select ssn as name from customers) b using (name)) j; -- 1
select u.name from (select name from customers) a right join (select ssn as name from customers) b using (name) as u; -- 1
select * from (select name from customers) a right join (select ssn as name from customers) b using (name); -- 1
select min(ssn) filter (where id = 1), count(*) filter (where ssn = 'x') from customers; -- 1
select array_to_string(array_agg(ssn), ','), cardinality(array_agg(name)) from customers; -- 1
select (array[name, ssn])[1] from customers; -- 1
select array[[name], [email]] from customers; -- 1
select ts.lexeme from customers c, unnest(to_tsvector(c.ssn)) ts; -- 1
select t from (select unnest(to_tsvector(ssn)) as t from customers) s; -- 1
select c.* from customers c; -- 4 5 9
select c.id, x.* from customers c, lateral (select c) x; -- 2
select (x).* from (select c from customers c) y(x); -- 4 5 9
select pg_typeof(ssn), name from customers; --
select pg_column_size(ssn) from customers; -- 1
select ctid, xmin from customers; --
select row_number() over () as n, ssn from customers order by ssn; -- 2
select distinct on (ssn) name from customers; --
select current_setting('server_version'); --
values ((select ssn from customers limit 1), 2); -- 1
table customers; -- 4 5 9
select z.b from (select * from (values (1, 2)) v, customers c) z(a, b, c, d, e, f); --
select z.f from (select * from (values (1, 2)) v, customers c) z(a, b, c, d, e, f); -- 1
select z.f from (select * from rows from (generate_series(1, 2), generate_series(1, 2)) r, customers c) z(a, b, c, d, e, f); -- 1
select z.f from (select * from generate_series(1, 2) with ordinality g, customers c) z(a, b, c, d, e, f); -- 1
select z.e from (select * from whole(1)) z(a, b, c, d, e); -- 1
select z.e from (select * from orders natural join customers) z(a, b, c, d, e, f, g); --
select z.j from (select * from orders natural join customers) z(a, b, c, d, e, f, g, h, i, j); -- 1
select z.f from (select * from json_each('{"a":1}'), customers c) z(a, b, c, d, e, f); -- 1
select z.f from (select * from json_to_record('{}') as r(x int, y int), customers c) z(a, b, c, d, e, f); -- 1
select z.f from (select * from unnest(array[1], array[2]) u, customers c) z(a, b, c, d, e, f); -- 1
select z.h from (select * from unnest(array[(select o from orders o limit 1)]) u, customers c) z(a, b, c, d, e, f, g, h, i, j, k); --
select z.k from (select * from unnest(array[(select o from orders o limit 1)]) u, customers c) z(a, b, c, d, e, f, g, h, i, j, k); -- 1
select z.f from (select * from pair(1), customers c) z(a, b, c, d, e, f); -- 1
select z.f from (select * from json_table('{}', '$' columns (a int path '$.a', b int path '$.b')) jt, customers c) z(a, b, c, d, e, f); -- 1
select z.c from (select * from string_to_table('a', ',') s, customers c) z(s, a, b, c); --
select z.e from (select * from string_to_table('a', ',') s, customers c) z(s, a, b, c, e); -- 1
select z.e from (select * from jsonb_populate_record(null::people, '{}') s, customers c) z(s, t, a, b, c, e); -- 1
select z.e from (with recursive t(id) as (select id from tree where id = 1 union all select c.id from tree c join t on c.parent = t.id) search depth first by id set o select * from t, customers) z(s, t, a, b, c, e); -- 1
select ((array_agg(c))).name from customers c; -- 1
select name(array_agg(c)) from customers c; -- 1
select (max(x.l)).name from (select array_agg(c) as l from customers c) x; -- 1
select ((array_agg(c))[1:2]).name, (array_agg(c))[1].name from customers c; -- 1
select (x.l).name from (select array(select c from customers c) as l) x; -- 1
