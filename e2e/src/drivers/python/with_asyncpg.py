"""asyncpg: its own protocol code; always prepared, always binary; introspects types that it doesn't know."""
import asyncio
import io
import os
import asyncpg
from scenario import channel, large, notice, role, say, tagged, types


async def connect():
    return await asyncpg.connect(host="127.0.0.1", port=int(os.environ["PGPORT"]), ssl=False if os.environ.get("PGSSLMODE") == "disable" else None)


def listed(rows):
    return [list(map(repr, row.values())) for row in rows]


async def reader():
    connection = await connect()
    say("select", listed(await connection.fetch(tagged)))
    say("where", listed(await connection.fetch("select ssn, lower(ssn) from customers where id < $1", 9)))
    statement = await connection.prepare("select card from customers where id = $1")
    say("prepared", [await statement.fetchval(n) for n in range(1, 9)])
    async with connection.transaction():
        say("cursor", [row["ssn"] async for row in connection.cursor("select ssn from customers", prefetch=3)])
    await connection.close()


async def copier():
    connection = await connect()
    for form in ("text", "csv", "binary"):
        out = io.BytesIO()
        await connection.copy_from_query("select ssn, email from customers", output=out, format=form)
        say("copy of a query", form, out.getvalue().decode("latin1"))
        out = io.BytesIO()
        await connection.copy_from_table("customers", output=out, format=form)
        say("copy", form, out.getvalue().decode("latin1"))
    await connection.close()


async def owner():
    connection = await connect()
    say("types", listed(await connection.fetch(types)))
    await connection.execute("create temp table t (id int primary key, text text not null)")
    await connection.executemany("insert into t values ($1, $2)", [(n, f"row {n}") for n in range(300)])
    say("count", await connection.fetchval("select count(*) from t"))
    try:
        async with connection.transaction(isolation="serializable", readonly=False):
            await connection.execute("insert into t values (1, 'twice')")
    except asyncpg.PostgresError as error:
        say("error", error.as_dict())
    connection.add_log_listener(lambda _, message: say("notice", message.severity, message.message, message.detail, message.hint))
    await connection.execute(notice)
    await asyncio.sleep(0)
    say("copy in", await connection.copy_records_to_table("t", records=[(n, f"copied {n}") for n in range(1000, 1100)]))
    out = io.BytesIO()
    say("copy out", await connection.copy_from_query("select * from t order by id", output=out, format="binary"), len(out.getvalue()))
    async with connection.transaction():
        cursor = await connection.cursor("select id from t order by id")
        say("cursor", listed(await cursor.fetch(3)), await cursor.forward(10), listed(await cursor.fetch(2)))
    say("large", await connection.fetchval("select $1::text", large) == large)
    say("enum", await connection.fetchval("select array[row(1, 'x')::pg_catalog.record]::text"))
    say("server", connection.get_settings().server_encoding, str(connection.get_server_version().major))
    heard = asyncio.get_running_loop().create_future()
    await connection.add_listener(channel, lambda _, pid, name, payload: heard.set_result((name, payload)))
    await connection.execute(f"select pg_notify('{channel}', 'payload ä')")
    say("notify", await asyncio.wait_for(heard, 5))
    try:
        await connection.execute("select pg_sleep(20)", timeout=0.3)
    except TimeoutError:
        say("cancelled by time-out")
    try:
        await asyncio.wait_for(connection.fetch("select pg_sleep(20)"), 0.3)
    except TimeoutError:
        say("cancelled")
    say("after", await connection.fetchval("select 1"))
    await connection.close()
    pool = await asyncpg.create_pool(host="127.0.0.1", port=int(os.environ["PGPORT"]), min_size=2, max_size=4)
    say("pool", await asyncio.gather(*(pool.fetchval("select $1::int", n) for n in range(40))))
    await pool.close()


asyncio.run({"owner": owner, "reader": reader, "copier": copier}[role]())
