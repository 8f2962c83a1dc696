/** Tests of the drivers that end differently through the proxy, each with the decision of ours that makes it so. */

type Difference = { suite: string; tests: RegExp; because: string }

export const differences: readonly Difference[] = [
  {
    suite: 'pgx 5.12.0',
    tests: /^pgconn TestConnectInvalidUser$/,
    because: 'the start-up user authorises nothing: the token says who calls, any name gets in',
  },
  {
    suite: 'pgx 5.12.0',
    tests: /^stdlib TestConnConcurrency/,
    because: 'it opens 50 connections at once; 20 callers of one address may wait to be let in',
  },
  {
    suite: 'lib/pq 1.12.3',
    tests: /^\. (TestErrorDuringStartup(ClosesConn)?|TestAuth(\/end_to_end.*)?)$/,
    because: 'the start-up user authorises nothing: the token says who calls, any name gets in',
  },
  {
    suite: 'lib/pq 1.12.3',
    tests: /^\. TestRuntimeParameters(\/#00)?$/,
    because:
      "start-up options go by a list: an unknown one is refused in our words, not the target's",
  },
  {
    suite: 'psycopg2 2.9.13',
    tests: /test_flush_on_write$/,
    because:
      'it sends statements of up to 50 MiB; what is larger than can be inspected is refused (54000)',
  },
  {
    suite: 'psycopg2 2.9.13',
    tests: /JsonTestCase\.test_scs$/,
    because: 'standard_conforming_strings is not among the start-up options that are let through',
  },
  {
    suite: 'pgJDBC 42.7.13',
    tests: /\.PreparedStatementTest /,
    because: 'with standard_conforming_strings off, a statement with a backslash is refused',
  },
  {
    suite: 'pgJDBC 42.7.13',
    tests: /\.(GetObject310Test|SetObject310Test) /,
    because:
      'a session may keep a limited number of prepared statements, and this one never closes its own',
  },
  {
    suite: 'pgJDBC 42.7.13',
    tests: /\.(ScramTest|RequireAuthTest|AuthenticationPluginTest) /,
    because:
      'they log in by password and SCRAM as roles that they make: here the token says who calls',
  },
]

/** Why `test` may differ; undefined: it may not. */
export function reasonOf(suite: string, test: string): string | undefined {
  return differences.find((known) => known.suite === suite && known.tests.test(test))?.because
}
