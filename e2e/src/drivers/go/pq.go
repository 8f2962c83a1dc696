// lib/pq under database/sql: text, unnamed statements, COPY by prepared statement, listener of its own.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

func scan(rows *sql.Rows, err error) []string {
	must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(err)
	var all []string
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for n := range values {
			places[n] = &values[n]
		}
		must(rows.Scan(places...))
		for n, value := range values {
			if bytes, is := value.([]byte); is {
				values[n] = string(bytes)
			}
		}
		all = append(all, fmt.Sprintf("%v", values))
	}
	must(rows.Err())
	return all
}

func pqReader() {
	for _, options := range []string{"", "binary_parameters=yes"} {
		database, err := sql.Open("postgres", "sslmode=prefer "+options)
		must(err)
		say("select", options, scan(database.Query(tagged)))
		say("where", options, scan(database.Query("select ssn, email || '!' from customers where id < $1", 9)))
		statement, err := database.Prepare("select ssn from customers where id = $1")
		must(err)
		for id := range 8 {
			say("prepared", scan(statement.Query(id+1)))
		}
		must(database.Close())
	}
}

func pqOwner() {
	database, err := sql.Open("postgres", "sslmode=prefer")
	must(err)
	database.SetMaxOpenConns(1)
	exec := func(text string, values ...any) {
		_, err := database.Exec(text, values...)
		must(err)
	}
	say("types", scan(database.Query(types)))
	exec("create temp table t (id int primary key, text text not null)")
	transaction, err := database.Begin()
	must(err)
	statement, err := transaction.Prepare(pq.CopyIn("t", "id", "text"))
	must(err)
	for n := range 200 {
		_, err = statement.Exec(n, fmt.Sprintf("row %d", n))
		must(err)
	}
	_, err = statement.Exec()
	must(err)
	must(statement.Close())
	must(transaction.Commit())
	say("copied", scan(database.Query("select count(*), max(text) from t")))
	for _, text := range []string{"insert into t values (1000, null)", "insert into t values (1, 'x')", "selec 1"} {
		_, err := database.Exec(text)
		var failure *pq.Error
		if errors.As(err, &failure) {
			say("error", failure.Severity, failure.Code, failure.Message, failure.Detail, failure.Position, failure.Table, failure.Column, failure.Constraint)
		}
	}
	large := strings.Repeat("0123456789abcdef", 65536)
	var same string
	must(database.QueryRow("select $1::text", large).Scan(&same))
	say("large", same == large)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err = database.ExecContext(ctx, "select pg_sleep(20)")
	say("cancelled", err.Error(), time.Since(started) < 5*time.Second)
	say("after", scan(database.Query("select 1")))
	must(database.Close())
	listener := pq.NewListener("sslmode=prefer", time.Second, time.Minute, func(event pq.ListenerEventType, err error) { say("event", event, err) })
	must(listener.Listen("channel_pq"))
	other, err := sql.Open("postgres", "sslmode=prefer")
	must(err)
	_, err = other.Exec("select pg_notify('channel_pq', 'payload')")
	must(err)
	heard := <-listener.Notify
	say("notify", heard.Channel, heard.Extra)
	must(listener.Close())
	must(other.Close())
}
