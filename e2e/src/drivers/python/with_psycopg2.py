"""psycopg2: libpq, simple protocol, values in the text."""
import io
import select
import threading
import psycopg2
import psycopg2.extras
from scenario import channel, large, notice, plain, role, say, tagged, types


def rows(cursor):
    return [list(map(plain, row)) for row in cursor.fetchall()]


def reader():
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute(tagged)
        say("select", rows(cursor))
        cursor.execute("select upper(ssn), card || 'x' from customers where id < %s", (20,))
        say("expressions", rows(cursor))
    with psycopg2.connect("") as connection, connection.cursor(name="named") as cursor:
        cursor.itersize = 7
        cursor.execute("select ssn from customers order by id")
        say("named cursor", [row[0] for row in cursor])


def copier():
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        for what in ("customers", "customers (card, id)", "(select ssn, id, email || '!' from customers)"):
            for form in ("text", "csv, header"):
                out = io.StringIO()
                cursor.copy_expert(f"copy {what} to stdout (format {form})", out)
                say("copy", what, form, out.getvalue())


def encoder():
    connection = psycopg2.connect("")
    cursor = connection.cursor()
    for encoding, text in (("LATIN1", "äöü"), ("WIN1252", "€uro"), ("SJIS", "日本語"), ("EUC_JP", "日本語"), ("EUC_KR", "한국어"), ("BIG5", "中文"), ("WIN1251", "Привет"), ("GBK", "中文"), ("UTF8", "😀")):
        connection.set_client_encoding(encoding)
        cursor.execute("select %s, length(%s), octet_length(%s)", (text, text, text))
        say("encoding", encoding, cursor.fetchone())
    connection.close()


def owner():
    connection = psycopg2.connect("")
    cursor = connection.cursor()
    cursor.execute(types)
    say("types", rows(cursor), [column.type_code for column in cursor.description])
    cursor.execute("create temp table t (id int primary key, text text not null)")
    psycopg2.extras.execute_values(cursor, "insert into t values %s", [(n, f"row {n}") for n in range(500)])
    cursor.executemany("update t set text = text || '!' where id = %s", [(n,) for n in range(20)])
    say("executemany", cursor.rowcount, cursor.statusmessage)
    connection.commit()
    for number, (text, values) in enumerate(
        [("insert into t values (%s, null)", (1000,)), ("insert into t values (%s, 'x')", (1,)), ("select 1 / %s", (0,)), ("selec 1", None)]
    ):
        try:
            cursor.execute(text, values)
        except psycopg2.Error as error:
            fields = ("severity", "sqlstate", "message_primary", "message_detail", "statement_position", "table_name", "column_name", "constraint_name")
            say(f"error {number}", error.pgcode, [getattr(error.diag, field) for field in fields])
        connection.rollback()
    cursor.execute(notice)
    say("notices", connection.notices[-1])
    with connection.cursor(name="named", scrollable=True, withhold=True) as named:
        named.itersize = 64
        named.execute("select id from t order by id")
        connection.commit()
        say("with hold", named.fetchmany(3), named.fetchone())
        named.scroll(100)
        say("scroll", named.fetchone(), sum(row[0] for row in named))
    out = io.StringIO()
    cursor.copy_expert("copy (select * from t order by id) to stdout (format csv)", out)
    say("copy out", len(out.getvalue()), out.getvalue()[:80])
    cursor.copy_expert("copy t from stdin", io.StringIO("2000\tcopied\n"))
    say("copy in", cursor.rowcount)
    cursor.execute("select %s, length(%s)", (large[:400_000], large[:400_000]))
    text, length = cursor.fetchone()
    say("large", text == large[:400_000], length)
    connection.commit()
    connection.autocommit = True
    cursor.execute(f"listen {channel}")
    cursor.execute(f"select pg_notify('{channel}', 'payload ä')")
    if not connection.notifies:
        select.select([connection], [], [], 5)
        connection.poll()
    say("notify", [(n.channel, n.payload) for n in connection.notifies])
    timer = threading.Timer(0.3, connection.cancel)
    timer.start()
    try:
        cursor.execute("select pg_sleep(20)")
    except psycopg2.Error as error:
        say("cancelled", error.pgcode, str(error))
    cursor.execute("select 1")
    say("after", cursor.fetchall())
    cursor.execute("set statement_timeout = 200")
    try:
        cursor.execute("select pg_sleep(20)")
    except psycopg2.Error as error:
        say("timed out", error.pgcode, str(error))
    connection.close()


{"owner": owner, "reader": reader, "copier": copier, "encoder": encoder}[role]()
