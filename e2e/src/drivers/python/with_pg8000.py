"""pg8000: pure Python, extended protocol, text format."""
import io
import os
import pg8000.native
from scenario import channel, large, notice, password, port, role, say, tagged, types


def connect():
    return pg8000.native.Connection(os.environ["PGUSER"], host="127.0.0.1", port=port(), database=os.environ["PGDATABASE"], password=password())


connection = connect()
if role == "reader":
    say("select", connection.run(tagged))
    say("where", connection.run("select ssn, email || '!' from customers where id < :id", id=9))
elif role == "copier":
    for form in ("text", "csv"):
        out = io.BytesIO()
        connection.run(f"copy customers to stdout (format {form})", stream=out)
        say("copy", out.getvalue().decode())
else:
    say("types", connection.run(types), [column["type_oid"] for column in connection.columns])
    connection.run("create temp table t (id int primary key, text text not null)")
    statement = connection.prepare("insert into t values (:id, :text) returning id")
    say("prepared", [statement.run(id=n, text=f"row {n}") for n in range(50)])
    try:
        connection.run("insert into t values (:id, null)", id=99)
    except pg8000.native.DatabaseError as error:
        say("error", {key: value for key, value in error.args[0].items() if key not in "FLR"})
    connection.run(notice)
    say("notices", [{key.decode(): value.decode() for key, value in one.items() if key not in (b"F", b"L", b"R")} for one in connection.notices])
    connection.run("copy t from stdin", stream=io.BytesIO(b"100\tcopied\n"))
    out = io.BytesIO()
    connection.run("copy t to stdout (format csv)", stream=out)
    say("copy", out.getvalue().decode())
    say("large", connection.run("select cast(:text as text)", text=large)[0][0] == large)
    connection.run(f"listen {channel}")
    connection.run(f"notify {channel}, 'payload'")
    connection.run("select 1")
    say("notify", [(name, payload) for _, name, payload in connection.notifications])
    say("parameters", {str(k): str(v) for k, v in connection.parameter_statuses.items() if "application" not in str(k)})
connection.close()
