"""Introspection by SQLAlchemy's inspector (psycopg2, psycopg 3, asyncpg's cousin pg8000) and by Django's inspectdb; rows through both."""
import os
import sqlalchemy
import django
from django.conf import settings
from django.core.management import call_command
from scenario import role, say


def reflected(engine):
    inspector = sqlalchemy.inspect(engine)
    for table in sorted(inspector.get_table_names()):
        say("table", table, inspector.get_columns(table), inspector.get_pk_constraint(table), inspector.get_foreign_keys(table),
            inspector.get_indexes(table), inspector.get_unique_constraints(table), inspector.get_check_constraints(table), inspector.get_table_comment(table))
    say("names", inspector.get_schema_names(), inspector.get_view_names(), inspector.get_sequence_names(), inspector.get_materialized_view_names())


for driver in ("psycopg2", "psycopg", "pg8000"):
    engine = sqlalchemy.create_engine(sqlalchemy.URL.create(f"postgresql+{driver}", username=os.environ["PGUSER"], password=os.environ["PGPASSWORD"],
        host="127.0.0.1", port=int(os.environ["PGPORT"]), database=os.environ["PGDATABASE"]))
    if role == "owner":
        reflected(engine)
    customers = sqlalchemy.Table("customers", sqlalchemy.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        say("rows", driver, [list(row) for row in connection.execute(sqlalchemy.select(customers).order_by(customers.c.id))])
        say("streamed", driver, [list(row) for row in connection.execution_options(stream_results=True, max_row_buffer=7).execute(
            sqlalchemy.select(customers.c.ssn, sqlalchemy.func.upper(customers.c.email).label("mail")).where(customers.c.id < 30))])
    engine.dispose()

settings.configure(INSTALLED_APPS=[], USE_TZ=True, DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "PORT": os.environ["PGPORT"],
    "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"], "PASSWORD": os.environ["PGPASSWORD"]}})
django.setup()
if role == "owner":
    call_command("inspectdb", "customers", "orders", "relations_of_all_kinds")
from django.db import connection, models  # noqa: E402: only after the set-up


class Customer(models.Model):
    name = models.TextField()
    ssn = models.TextField()
    email = models.TextField()

    class Meta:
        app_label = "shop"
        db_table = "customers"
        managed = False


say("django", list(Customer.objects.order_by("id").values_list("id", "ssn", "email")))
say("django iterator", [one.ssn for one in Customer.objects.filter(id__lt=30).iterator(chunk_size=7)])
connection.close()
