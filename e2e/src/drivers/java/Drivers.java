// pgJDBC: prepared statements that turn binary after five executions, fetch size, batches, CopyManager, metadata.
// `java -cp postgresql.jar Drivers.java owner|reader` prints one line a step; twice run, the lines must be equal.

import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.*;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PSQLException;

public class Drivers {
  static final Map<String, String> ENVIRONMENT = System.getenv();
  static final String TYPES =
      "select 1::int2, 2::int4, 9007199254740993::int8, 1.5::float4, 2.25::float8, 12345.678901::numeric, true,"
          + " 'text ä€'::text, 'vc'::varchar(20), 'bp'::char(4), '\\x00ff10'::bytea, date '2024-02-29', time '12:34:56.789',"
          + " timestamp '2024-02-29 12:34:56.789', timestamptz '2024-02-29 12:34:56.789+02', interval '1 day 02:03:04',"
          + " '6ecd8c99-4036-403d-bf84-cf8400f67836'::uuid, '{\"a\": 1}'::jsonb, array[1, 2, null]::int4[], array['a', 'b c'], null::text";

  static void say(String step, Object... values) {
    System.out.println(step + " " + List.of(values));
  }

  static Connection connect(String... options) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", ENVIRONMENT.get("PGUSER"));
    properties.setProperty("password", ENVIRONMENT.get("PGPASSWORD"));
    properties.setProperty("sslmode", ENVIRONMENT.getOrDefault("PGSSLMODE", "prefer"));
    for (String option : options) properties.setProperty(option.split("=")[0], option.split("=")[1]);
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + ENVIRONMENT.get("PGPORT") + "/" + ENVIRONMENT.get("PGDATABASE"), properties);
  }

  static List<List<String>> rows(ResultSet result) throws SQLException {
    List<List<String>> all = new ArrayList<>();
    int columns = result.getMetaData().getColumnCount();
    while (result.next()) {
      List<String> row = new ArrayList<>();
      for (int column = 1; column <= columns; column++) row.add(text(result, column));
      all.add(row);
    }
    return all;
  }

  /** The text of bytes depends on the format that they came in. */
  static String text(ResultSet result, int column) throws SQLException {
    return result.getMetaData().getColumnType(column) == Types.BINARY ? java.util.Arrays.toString(result.getBytes(column)) : String.valueOf(result.getString(column));
  }

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "reader" -> reader();
      case "copier" -> copier();
      default -> owner();
    }
  }

  static void reader() throws Exception {
    for (String mode : List.of("extended", "extendedForPrepared", "extendedCacheEverything", "simple")) {
      try (Connection connection = connect("preferQueryMode=" + mode)) {
        say("select " + mode, rows(connection.createStatement().executeQuery("select id, ssn, email, card from customers order by id")));
        PreparedStatement statement = connection.prepareStatement("select ssn, email || '!' from customers where id < ?");
        for (int time = 0; time < 8; time++) {
          statement.setInt(1, 5);
          say("prepared " + mode + time, rows(statement.executeQuery()));
        }
      }
    }
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      Statement statement = connection.createStatement();
      statement.setFetchSize(7);
      say("fetch size", rows(statement.executeQuery("select ssn, id from customers")));
      connection.rollback();
    }
  }

  static void copier() throws Exception {
    try (Connection connection = connect()) {
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      for (String form : List.of("text", "csv", "binary")) {
        for (String what : List.of("customers (ssn, card)", "(select email, id from customers)")) {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          copy.copyOut("copy " + what + " to stdout (format " + form + ")", out);
          say("copy " + form, out.toString("ISO-8859-1").replaceAll("[\\n\\r]", " "));
        }
      }
    }
  }

  static void owner() throws Exception {
    try (Connection connection = connect()) {
      PreparedStatement types = connection.prepareStatement(TYPES);
      for (int time = 0; time < 8; time++) say("types", rows(types.executeQuery()));
      Statement plain = connection.createStatement();
      plain.execute("create temp table t (id int primary key, text text not null)");
      PreparedStatement insert = connection.prepareStatement("insert into t values (?, ?)", Statement.RETURN_GENERATED_KEYS);
      for (int id = 0; id < 400; id++) {
        insert.setInt(1, id);
        insert.setString(2, "row " + id);
        insert.addBatch();
      }
      say("batch", insert.executeBatch().length, rows(insert.getGeneratedKeys()).size());
      for (String sql : List.of("insert into t values (1000, null)", "insert into t values (1, 'x')", "selec 1", "select 1 / 0")) {
        try {
          plain.execute(sql);
        } catch (PSQLException error) {
          var fields = error.getServerErrorMessage();
          say("error", error.getSQLState(), String.valueOf(fields.getMessage()), String.valueOf(fields.getDetail()), fields.getPosition(),
              String.valueOf(fields.getTable()), String.valueOf(fields.getColumn()), String.valueOf(fields.getConstraint()));
        }
      }
      plain.execute("do $$ begin raise notice 'a notice' using detail = 'its detail', hint = 'its hint'; end $$");
      say("notice", plain.getWarnings().getMessage(), plain.getWarnings().getSQLState());
      connection.setAutoCommit(false);
      Statement parts = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
      parts.setFetchSize(33);
      say("fetch size", rows(parts.executeQuery("select * from t order by id")).size());
      Savepoint savepoint = connection.setSavepoint();
      try {
        plain.execute("select 1 / 0");
      } catch (SQLException expected) {
        connection.rollback(savepoint);
      }
      say("after the savepoint", rows(plain.executeQuery("select count(*) from t")));
      connection.commit();
      connection.setAutoCommit(true);
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      say("copy in", copy.copyIn("copy t from stdin", new StringReader("5000\tcopied\n5001\tcopied\n")));
      StringWriter out = new StringWriter();
      say("copy out", copy.copyOut("copy (select * from t where id > 390 order by id) to stdout (format csv)", out), out);
      plain.setQueryTimeout(1);
      try {
        plain.execute("select pg_sleep(20)");
      } catch (SQLException error) {
        say("cancelled", error.getSQLState());
      }
      plain.setQueryTimeout(0);
      plain.execute("listen channel_jdbc");
      plain.execute("select pg_notify('channel_jdbc', 'payload')");
      for (var one : connection.unwrap(PGConnection.class).getNotifications()) say("notify", one.getName(), one.getParameter());
      String large = "0123456789abcdef".repeat(65536);
      PreparedStatement echo = connection.prepareStatement("select ?::text, ?::bytea");
      echo.setString(1, large);
      echo.setBytes(2, large.getBytes());
      ResultSet echoed = echo.executeQuery();
      echoed.next();
      say("large", echoed.getString(1).equals(large), new String(echoed.getBytes(2)).equals(large));
      DatabaseMetaData metadata = connection.getMetaData();
      say("tables", rows(metadata.getTables(null, "public", "%", null)));
      for (String table : List.of("customers", "orders", "relations_of_all_kinds")) {
        say("columns", rows(metadata.getColumns(null, "public", table, "%")));
        say("keys", rows(metadata.getPrimaryKeys(null, "public", table)), rows(metadata.getIndexInfo(null, "public", table, false, false)),
            rows(metadata.getImportedKeys(null, "public", table)));
      }
      say("types known", rows(metadata.getTypeInfo()).size(), rows(metadata.getFunctions(null, "public", "%")).size());
      ResultSet updatable = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE).executeQuery("select id, text from t where id = 3");
      updatable.next();
      updatable.updateString(2, "updated");
      updatable.updateRow();
      say("updated", rows(plain.executeQuery("select text from t where id = 3")));
    }
  }
}
