-- The database of profile `demo`: people who do not exist, in a shop that sells nothing.
CREATE TABLE customers (
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  email text NOT NULL,
  ssn text NOT NULL,
  city text NOT NULL
);
CREATE TABLE orders (
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  customer integer NOT NULL REFERENCES customers,
  placed timestamptz NOT NULL,
  total numeric(10, 2) NOT NULL
);

INSERT INTO customers (name, email, ssn, city)
SELECT
  'Customer ' || n,
  'customer' || n || '@example.com',
  -- Numbers from 900 on are never given to anybody.
  format('9%s-%s-%s', lpad((n % 100)::text, 2, '0'), lpad((n % 89 + 10)::text, 2, '0'), lpad((n * 37 % 10000)::text, 4, '0')),
  (ARRAY['Bremen', 'Lyon', 'Porto', 'Turku', 'Graz'])[n % 5 + 1]
FROM generate_series(1, 5000) AS n;

INSERT INTO orders (customer, placed, total)
SELECT n % 5000 + 1, now() - n * interval '7 minutes', (n * 7919 % 90000) / 100.0 + 5
FROM generate_series(1, 50000) AS n;

CREATE ROLE shop LOGIN;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shop;
