// Stock Go clients: `drivers pgx|pq owner|reader` prints one line a step; twice run, the lines must be equal.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

const (
	types = `select 1::int2, 2::int4, 9007199254740993::int8, 1.5::float4, 2.25::float8, 12345.678901::numeric,
  true, 'text ä€😀'::text, 'vc'::varchar(20), 'bp'::char(4), '\x00ff10'::bytea, date '2024-02-29',
  timestamp '2024-02-29 12:34:56.789', '6ecd8c99-4036-403d-bf84-cf8400f67836'::uuid, '{"a": [1, null]}'::json,
  '{"a": {"b": 2}}'::jsonb, array[1, 2, null]::int4[], array['a', 'b c']::text[], int4range(1, 5), null::text`
	notice = `do $$ begin raise notice 'a notice' using detail = 'its detail', hint = 'its hint'; end $$`
	tagged = `select id, ssn, email, card from customers order by id`
)

// Which one a session gets depends on the sessions before it.
var temporary = regexp.MustCompile(`pg_temp_\d+`)

func say(step string, values ...any) {
	line, err := json.Marshal(append([]any{step}, values...))
	must(err)
	fmt.Println(temporary.ReplaceAllString(string(line), "pg_temp"))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		panic(err)
	}
}

func main() {
	driver, role := os.Args[1], os.Args[2]
	switch driver + " " + role {
	case "pgx owner":
		pgxOwner()
	case "pgx reader":
		pgxReader()
	case "pgx copier":
		pgxCopier()
	case "pq owner":
		pqOwner()
	case "pq reader":
		pqReader()
	default:
		panic("unknown: " + driver + " " + role)
	}
}
