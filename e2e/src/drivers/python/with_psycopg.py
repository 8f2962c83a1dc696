"""psycopg 3: extended protocol, binary, server-side cursors, pipeline mode, COPY as rows."""
import threading
import psycopg
from scenario import channel, large, notice, role, say, tagged, types


def reader():
    with psycopg.connect("") as connection:
        for binary in (False, True):
            with connection.cursor(binary=binary) as cursor:
                say("select", binary, cursor.execute(tagged).fetchall())
                say("where", binary, cursor.execute("select ssn || '-', ssn from customers where id < %s", (9,)).fetchall())
        for _ in range(8):
            say("prepared", connection.execute("select ssn from customers where id = %s", (7,)).fetchall())
        with connection.pipeline():
            cursors = [connection.execute("select ssn from customers where id = %s", (n,)) for n in range(1, 20)]
        say("pipeline", [cursor.fetchall() for cursor in cursors])
        with connection.cursor("named", binary=True) as cursor:
            cursor.itersize = 5
            say("named cursor", list(cursor.execute("select email, ssn from customers")))


def copier():
    with psycopg.connect("") as connection:
        for what in ("customers (id, ssn, card)", "(select ssn, upper(email) from customers)"):
            for form in ("text", "csv", "binary"):
                with connection.cursor().copy(f"copy {what} to stdout (format {form})") as copy:
                    say("copy", what, form, [bytes(part).decode("latin1") for part in copy])


def settled(step, states, tries=5):
    """Which of the calls raises what went wrong before depends on when the answer came."""
    for _ in range(tries):
        try:
            return step()
        except psycopg.errors.PipelineAborted:
            pass
        except psycopg.Error as error:
            states.add(error.sqlstate)


def owner():
    connection = psycopg.connect("")
    for binary in (False, True):
        with connection.cursor(binary=binary) as cursor:
            cursor.execute(types)
            say("types", binary, [list(map(repr, row)) for row in cursor], [column.type_code for column in cursor.description])
    connection.execute("create temp table t (id int primary key, text text not null)")
    with connection.cursor() as cursor:
        cursor.executemany("insert into t values (%s, %s) returning id", [(n, f"row {n}") for n in range(300)], returning=True)
        say("executemany", cursor.rowcount)
    for n in range(12):
        say("prepared", connection.execute("select text, %s::int8 from t where id = %s", (n, n)).fetchall())
    connection.commit()
    connection.autocommit = True
    with connection.pipeline() as pipeline:
        states = set()
        first = connection.execute("select %s::text", ("one",))
        settled(lambda: connection.execute("select 1 / %s", (0,)), states, 1)
        settled(lambda: connection.execute("select 'never'"), states, 1)
        settled(pipeline.sync, states, 1)
        last = settled(lambda: connection.execute("select %s::int4", (3,)), states)
        rows = settled(first.fetchone, states), settled(last.fetchone, states)
        say("pipeline", *rows, sorted(states))
    with connection.pipeline():
        cursors = [connection.execute("select %s::int4, repeat('x', 1000)", (n,)) for n in range(400)]
    say("long pipeline", sum(cursor.fetchone()[0] for cursor in cursors))
    for text, values in (("insert into t values (%s, null)", (1000,)), ("insert into t values (%s, 'x')", (1,)), ("selec 1", None)):
        try:
            connection.execute(text, values)
        except psycopg.Error as error:
            fields = ("severity", "sqlstate", "message_primary", "message_detail", "statement_position", "table_name", "column_name", "constraint_name")
            say("error", [getattr(error.diag, field) for field in fields])
    connection.add_notice_handler(lambda diagnostic: say("notice", diagnostic.message_primary, diagnostic.message_detail, diagnostic.message_hint))
    connection.execute(notice)
    for form in ("text", "binary"):
        with connection.cursor().copy(f"copy t from stdin (format {form})") as copy:
            copy.set_types(["int4", "text"])
            for n in range(50):
                copy.write_row((n + (1000 if form == "text" else 2000), "copied ä\t\n"))
        with connection.cursor().copy(f"copy (select * from t where id >= 1000 order by id) to stdout (format {form})") as copy:
            copy.set_types(["int4", "text"])
            got = list(copy.rows())
            say("copy", form, len(got), got[0], got[-1])
    say("stream", [row[0] for row in connection.cursor().stream("select generate_series(1, 50)", size=7)])
    with connection.transaction(), connection.cursor("named", scrollable=True) as cursor:
        cursor.execute("select id from t order by id")
        say("named cursor", cursor.fetchmany(3))
        cursor.scroll(10)
        say("scrolled", cursor.fetchone())
    try:
        with connection.transaction():
            connection.execute("insert into t values (5000, 'gone')")
            with connection.transaction():
                connection.execute("select 1 / 0")
    except psycopg.Error as error:
        say("rolled back", error.sqlstate, connection.execute("select count(*) from t where id = 5000").fetchone())
    say("large", connection.execute("select %s", (large,)).fetchone()[0] == large, connection.execute("select %b", (large.encode(),)).fetchone()[0] == large.encode())
    connection.execute(f"listen {channel}")
    connection.execute("select pg_notify(%s, 'payload ä')", (channel,))
    say("notify", [(n.channel, n.payload) for n in connection.notifies(timeout=5, stop_after=1)])
    for cancel in (connection.cancel, connection.cancel_safe):
        timer = threading.Timer(0.3, cancel)
        timer.start()
        try:
            connection.execute("select pg_sleep(20)")
        except psycopg.Error as error:
            say("cancelled", error.sqlstate)
        timer.join()
    say("after", connection.execute("select 1").fetchall())
    connection.close()


{"owner": owner, "reader": reader, "copier": copier}[role]()
