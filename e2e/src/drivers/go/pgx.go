// pgx v5: extended protocol with a statement cache, binary, batches in one pipeline, COPY in binary.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

var modes = []pgx.QueryExecMode{
	pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
}

func pgxConnect(ctx context.Context, notices *[]string) *pgx.Conn {
	config, err := pgx.ParseConfig("")
	must(err)
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) {
		*notices = append(*notices, notice.Severity+notice.Message+notice.Detail+notice.Hint)
	}
	connection, err := pgx.ConnectConfig(ctx, config)
	must(err)
	return connection
}

func collect(rows pgx.Rows, err error) []string {
	must(err)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		return fmt.Sprintf("%v", values), err
	})
	must(err)
	return all
}

func pgxReader() {
	ctx := context.Background()
	var notices []string
	connection := pgxConnect(ctx, &notices)
	defer connection.Close(ctx)
	for _, mode := range modes {
		for range 3 {
			say("select", mode.String(), collect(connection.Query(ctx, tagged, mode)))
			say("where", mode.String(), collect(connection.Query(ctx, "select ssn, email || '!' from customers where id < $1", mode, 9)))
		}
	}
	batch := &pgx.Batch{}
	for id := range 20 {
		batch.Queue("select ssn, card from customers where id = $1", id+1)
	}
	results := connection.SendBatch(ctx, batch)
	for range 20 {
		say("batch", collect(results.Query()))
	}
	must(results.Close())
}

func pgxCopier() {
	ctx := context.Background()
	var notices []string
	connection := pgxConnect(ctx, &notices)
	defer connection.Close(ctx)
	for _, format := range []string{"text", "csv", "binary"} {
		for _, what := range []string{"customers (ssn, email)", "(select card, id from customers)"} {
			var out bytes.Buffer
			_, err := connection.PgConn().CopyTo(ctx, &out, "copy "+what+" to stdout (format "+format+")")
			must(err)
			say("copy", format, out.String())
		}
	}
}

func pgxOwner() {
	ctx := context.Background()
	var notices []string
	connection := pgxConnect(ctx, &notices)
	exec := func(sql string, values ...any) string {
		tag, err := connection.Exec(ctx, sql, values...)
		must(err)
		return tag.String()
	}
	for _, mode := range modes {
		say("types", mode.String(), collect(connection.Query(ctx, types, mode)))
	}
	say("table", exec("create temp table t (id int primary key, text text not null)"))
	copied, err := connection.CopyFrom(ctx, pgx.Identifier{"t"}, []string{"id", "text"}, pgx.CopyFromSlice(500, func(n int) ([]any, error) {
		return []any{n, fmt.Sprintf("row %d", n)}, nil
	}))
	must(err)
	say("copy in", copied)
	var out bytes.Buffer
	_, err = connection.PgConn().CopyTo(ctx, &out, "copy (select * from t order by id) to stdout (format binary)")
	must(err)
	say("copy out", out.Len())
	for n := range 12 {
		say("prepared", collect(connection.Query(ctx, "select text, $1::int8 from t where id = $2", n, n)))
	}
	batch := &pgx.Batch{}
	for n := range 300 {
		batch.Queue("select $1::int4, repeat('x', 500)", n)
	}
	results, sum := connection.SendBatch(ctx, batch), 0
	for range 300 {
		var number int
		var text string
		must(results.QueryRow().Scan(&number, &text))
		sum += number
	}
	must(results.Close())
	say("batch", sum)
	wrong := &pgx.Batch{}
	wrong.Queue("select 1")
	wrong.Queue("select 1 / $1::int4", 0)
	wrong.Queue("select 3")
	results = connection.SendBatch(ctx, wrong)
	for range 3 {
		_, err := results.Exec()
		var failure *pgconn.PgError
		say("batch with an error", errors.As(err, &failure), failure)
	}
	_ = results.Close()
	for _, sql := range []string{"insert into t values (1000, null)", "insert into t values (1, 'x')", "selec 1"} {
		_, err := connection.Exec(ctx, sql)
		var failure *pgconn.PgError
		if errors.As(err, &failure) {
			say("error", failure)
		}
	}
	exec(notice)
	say("notices", notices)
	transaction, err := connection.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable, AccessMode: pgx.ReadOnly})
	must(err)
	_, err = transaction.Exec(ctx, "insert into pg_catalog.pg_class default values")
	say("read only", err.Error())
	must(transaction.Rollback(ctx))
	large := strings.Repeat("0123456789abcdef", 65536)
	var same string
	must(connection.QueryRow(ctx, "select $1::text", large).Scan(&same))
	say("large", same == large)
	exec("listen channel_pgx")
	exec("select pg_notify('channel_pgx', 'payload ä')")
	heard, err := connection.WaitForNotification(ctx)
	must(err)
	say("notify", heard.Channel, heard.Payload)
	// By a closed connection, pgx's way without a handler; then by a cancel request.
	say("cancel request", cancelled(ctx, connection))
	say("after", collect(connection.Query(ctx, "select 1")))
	must(connection.Close(ctx))
	pool, err := pgxpool.New(ctx, "pool_max_conns=4")
	must(err)
	for n := range 20 {
		var number int
		must(pool.QueryRow(ctx, "select $1::int4", n).Scan(&number))
		say("pool", number)
	}
	pool.Close()
}

func cancelled(ctx context.Context, connection *pgx.Conn) string {
	time.AfterFunc(300*time.Millisecond, func() { _ = connection.PgConn().CancelRequest(ctx) })
	_, err := connection.Exec(ctx, "select pg_sleep(20)")
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		return failure.Code
	}
	return fmt.Sprint(err)
}
