/** The tables of the demo's shop. Everything belongs to `app`, which is no superuser but could drop what it owns. */
export const database = 'orders'
/** Belongs to `app` too: what backup-agent tries to drop in the story. Without Gatetrail it would succeed. */
export const archiveDatabase = 'orders_archive'
export const applicationUser = 'app'

export const schemaSql = `
create table customers (
  id          integer primary key,
  name        text not null,
  ssn         text not null unique check (ssn ~ '^[0-9]{3}-[0-9]{2}-[0-9]{4}$'),
  email       text not null unique,
  phone       text not null,
  card        text not null,
  birth_date  date not null,
  address     text not null,
  city        text not null,
  state       char(2) not null,
  postal_code text not null,
  created_at  timestamptz not null
);
create index customers_city on customers (state, city);

create table products (
  id       integer primary key,
  sku      text not null unique,
  name     text not null,
  category text not null,
  price    numeric(8, 2) not null check (price > 0)
);

create table orders (
  id          integer primary key,
  customer_id integer not null references customers,
  status      text not null check (status in ('placed', 'paid', 'shipped', 'delivered', 'returned')),
  placed_at   timestamptz not null,
  note        text
);
create index orders_customer on orders (customer_id);
create index orders_placed on orders (placed_at);

create table order_items (
  order_id   integer not null references orders on delete cascade,
  line       smallint not null,
  product_id integer not null references products,
  quantity   smallint not null check (quantity > 0),
  price      numeric(8, 2) not null,
  primary key (order_id, line)
);
create index order_items_product on order_items (product_id);

create view order_totals as
  select o.id, o.customer_id, o.status, o.placed_at, count(*) as lines, sum(i.quantity * i.price) as total
  from orders o join order_items i on i.order_id = o.id
  group by o.id;

create view revenue_by_month as
  select date_trunc('month', placed_at)::date as month, count(*) as orders, sum(total) as revenue
  from order_totals where status <> 'returned'
  group by 1;
`
