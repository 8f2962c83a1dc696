"""What the Python programs of clients-drivers.e2e.ts share. Each prints one JSON object a step; twice run, the lines must be equal."""
import json
import os
import re
import sys

role = sys.argv[1]
"""`owner` does everything; `reader` reads tagged columns and gets them masked; `copier` too, by COPY; `encoder` speaks every encoding."""

types = """select 1::int2, 2::int4, 9007199254740993::int8, 1.5::float4, 2.25::float8, 12345.678901::numeric,
  true, 'text ä€😀'::text, 'vc'::varchar(20), 'bp'::char(4), '\\x00ff10'::bytea, date '2024-02-29', time '12:34:56.789',
  timestamp '2024-02-29 12:34:56.789', timestamptz '2024-02-29 12:34:56.789+02', interval '1 day 02:03:04',
  '6ecd8c99-4036-403d-bf84-cf8400f67836'::uuid, '{"a": [1, null]}'::json, '{"a": {"b": 2}}'::jsonb,
  array[1, 2, null]::int4[], array['a', 'b c']::text[], int4range(1, 5), null::text"""

notice = """do $$ begin raise notice 'a notice' using detail = 'its detail', hint = 'its hint'; end $$"""
tagged = "select id, ssn, email, card from customers order by id"
channel = f"channel_{os.path.basename(sys.argv[0]).removesuffix('.py')}"
large = "0123456789abcdef" * 65536


def plain(value):
    """As JSON takes it: no addresses of memory."""
    return bytes(value).hex() if isinstance(value, memoryview) else repr(value)


def say(step, *values):
    line = json.dumps([step, *values], default=plain, ensure_ascii=False)
    print(re.sub(r"pg_temp_\d+", "pg_temp", line), flush=True)


def port():
    return int(os.environ["PGPORT"])


def password():
    return os.environ["PGPASSWORD"]
