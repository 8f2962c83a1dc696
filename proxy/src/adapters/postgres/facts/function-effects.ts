/**
 * What the functions of pg_catalog do beyond computing a value, sorted by hand. A volatile function that stands in no
 * list here makes a statement incomplete: it may do anything. A function that is not volatile only computes.
 */
import type { SqlEffect } from '@gatetrail/schemas'

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Volatile, but only because the answer differs from call to call. No effect beyond that of the statement. */
const harmless = words(`
  amvalidate array_sample array_shuffle clock_timestamp current_query currval gen_random_uuid
  lastval pg_available_wal_summaries pg_blocking_pids pg_collation_actual_version
  pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system pg_current_logfile
  pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
  pg_database_collation_actual_version pg_database_size pg_get_aios pg_get_backend_memory_contexts
  pg_get_loaded_modules pg_get_multixact_members pg_get_sequence_data pg_get_shmem_allocations
  pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_replay_pause_state
  pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_indexes_size pg_is_in_recovery
  pg_is_wal_replay_paused pg_isolation_test_session_is_blocked pg_jit_available
  pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
  pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage pg_partition_ancestors
  pg_partition_tree pg_prepared_xact pg_relation_size pg_replication_origin_progress
  pg_replication_origin_session_is_setup pg_replication_origin_session_progress
  pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_show_replication_origin_status
  pg_sleep pg_sleep_for pg_sleep_until pg_stat_clear_snapshot pg_stat_get_backend_io
  pg_stat_get_backend_wal pg_stat_get_io pg_stat_get_recovery_prefetch
  pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls
  pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
  pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
  pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted
  pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned
  pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_table_size pg_tablespace_size
  pg_total_relation_size pg_wal_summary_contents pg_xact_commit_timestamp
  pg_xact_commit_timestamp_origin pg_xact_status random random_normal timeofday txid_status uuidv4 uuidv7`)

const readingLargeObjects = words(`
  lo_close lo_get lo_lseek lo_lseek64 lo_tell lo_tell64 loread`)

const session = words(`
  pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
  pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared
  pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
  pg_try_advisory_xact_lock_shared pg_export_snapshot pg_stat_force_next_flush setseed set_config`)

/** lo_open is here because its mode argument may ask for writing. */
const writing = words(`
  brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list
  lo_creat lo_create lo_from_bytea lo_open lo_put lo_truncate lo_truncate64 lo_unlink lowrite
  nextval setval`)

/** Tells other sessions something: a way out for what was read, so it is also a write. */
const notifying = ['pg_notify']

/** Runs the server or its replication: what an administrator does, like DDL. */
const administering = words(`
  pg_backup_start pg_backup_stop pg_cancel_backend pg_clear_attribute_stats
  pg_clear_relation_stats pg_copy_logical_replication_slot pg_copy_physical_replication_slot
  pg_create_logical_replication_slot pg_create_physical_replication_slot pg_create_restore_point
  pg_drop_replication_slot pg_import_system_collations pg_log_backend_memory_contexts
  pg_log_standby_snapshot pg_promote pg_reload_conf pg_replication_origin_advance
  pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_session_reset
  pg_replication_origin_session_setup pg_replication_origin_xact_reset
  pg_replication_origin_xact_setup pg_replication_slot_advance pg_restore_attribute_stats
  pg_restore_relation_stats pg_rotate_logfile pg_stat_reset pg_stat_reset_backend_stats
  pg_stat_reset_replication_slot pg_stat_reset_shared pg_stat_reset_single_function_counters
  pg_stat_reset_single_table_counters pg_stat_reset_slru pg_stat_reset_subscription_stats
  pg_switch_wal pg_sync_replication_slots pg_terminate_backend pg_wal_replay_pause
  pg_wal_replay_resume`)

/** Reads files of the server's machine. */
const readingFiles = words(`
  pg_hba_file_rules pg_ident_file_mappings pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir
  pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_ls_tmpdir
  pg_ls_waldir pg_read_binary_file pg_read_file pg_show_all_file_settings pg_stat_file`)

/** Views over those functions, which do not name them. */
export const fileRelations: ReadonlySet<string> = new Set(
  words(`
  pg_catalog.pg_file_settings pg_catalog.pg_hba_file_rules pg_catalog.pg_ident_file_mappings`),
)

/** Moves changes of every table out of, or into, the replication stream. */
const replicating = words(`
  pg_logical_emit_message pg_logical_slot_get_binary_changes pg_logical_slot_get_changes
  pg_logical_slot_peek_binary_changes pg_logical_slot_peek_changes`)

const lists: readonly (readonly [readonly string[], readonly SqlEffect[]])[] = [
  [harmless, []],
  [readingLargeObjects, ['read']],
  [session, ['session']],
  [writing, ['write']],
  [notifying, ['session', 'write']],
  [administering, ['schema']],
  [readingFiles, ['read', 'external']],
  [replicating, ['read', 'write', 'external']],
  [['lo_import'], ['write', 'external']],
  [['lo_export'], ['read', 'external']],
]

export const functionEffects: ReadonlyMap<string, readonly SqlEffect[]> = new Map(
  lists.flatMap(([names, effects]) => names.map((name) => [name, effects] as const)),
)

/** Keep their arguments where a later statement, of any session, can read them. */
export const keepingFunctions: ReadonlySet<string> = new Set(
  session.filter((name) => name === 'setseed' || name.includes('advisory')),
)

/**
 * Mostly not volatile, yet they read relations, run SQL that stands in a string, or make a value of a type that stands in one
 * (a domain's checks run): the text doesn't tell what happens.
 */
export const dynamicFunctions: ReadonlySet<string> = new Set(
  words(`
  array_in domain_in domain_recv multirange_in pg_input_error_info pg_input_is_valid range_in record_in
  cursor_to_xml cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema
  database_to_xmlschema query_to_xml query_to_xml_and_xmlschema query_to_xmlschema schema_to_xml
  schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml table_to_xml_and_xmlschema
  table_to_xmlschema ts_rewrite ts_stat`),
)

/** Give back values, or statements with values in them, that were not read by naming their column. */
export const sampledValueFunctions: ReadonlySet<string> = new Set([
  ...words(`
  loread lo_get pg_cursor pg_mcv_list_items
  pg_prepared_statement pg_stat_get_activity pg_stat_get_backend_activity`),
  ...readingFiles,
  ...replicating.filter((name) => name.includes('changes')),
])

/** Their value shows nothing of their arguments' values. */
export const hidingFunctions: ReadonlySet<string> = new Set(
  words(`count num_nonnulls num_nulls pg_collation_for pg_typeof regr_count row_number`),
)

/** Trigger functions of PostgreSQL's own extensions that change nothing but the row itself. */
export const harmlessTriggerFunctions: ReadonlySet<string> = new Set(
  words(`insert_username moddatetime`),
)

/**
 * Functions in C of PostgreSQL's own extensions, where their volatility alone does not tell. Only a superuser can make
 * functions in C, so the name is believed whatever schema it is in. Volatile ones that are not here may do anything.
 */
export const extensionEffects: ReadonlyMap<string, readonly SqlEffect[]> = new Map(
  (
    [
      // pgcrypto, tablefunc, uuid-ossp, sslinfo, pg_trgm, isn, pgstattuple, pg_buffercache, amcheck, pg_visibility
      [
        words(`bt_index_check bt_index_parent_check fips_mode gen_random_bytes
        gen_random_uuid gen_salt gin_index_check normal_rand pg_buffercache_numa_pages
        pg_buffercache_pages pg_buffercache_summary pg_buffercache_usage_counts pg_check_frozen
        pg_check_visible pg_freespace pg_relpages pg_stat_statements pg_stat_statements_info
        pg_visibility pg_visibility_map pg_visibility_map_summary pgp_pub_encrypt
        pgp_pub_encrypt_bytea pgp_sym_encrypt pgp_sym_encrypt_bytea pgrowlocks pgstatginindex
        pgstathashindex pgstatindex pgstattuple pgstattuple_approx ssl_cipher
        ssl_client_cert_present ssl_client_dn ssl_client_dn_field ssl_client_serial
        ssl_extension_info ssl_is_used ssl_issuer_dn ssl_issuer_field ssl_version
        uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 verify_heapam`),
        [],
      ],
      [words('set_limit isn_weak'), ['session']],
      [words('pg_stat_statements_reset'), ['schema']],
      // Another server: what happens there nobody can tell, but that it does is told.
      [
        words(`dblink_cancel_query dblink_close dblink_connect dblink_connect_u
        dblink_current_query dblink_disconnect dblink_error_message dblink_get_connections
        dblink_get_notify dblink_is_busy postgres_fdw_disconnect postgres_fdw_disconnect_all
        postgres_fdw_get_connections`),
        ['external'],
      ],
      [words('dblink dblink_fetch dblink_get_result dblink_open'), ['read', 'write', 'external']],
      [words('dblink_exec dblink_send_query'), ['write', 'external']],
    ] as const
  ).flatMap(([names, effects]) => names.map((name) => [name, effects] as const)),
)

/** Functions of extensions that run SQL which stands in a string, whatever their volatility. */
export const dynamicExtensionFunctions: ReadonlySet<string> = new Set(
  words(`
  connectby crosstab crosstab2 crosstab3 crosstab4 dblink dblink_build_sql_delete
  dblink_build_sql_insert dblink_build_sql_update dblink_exec dblink_open dblink_send_query
  xpath_table xslt_process`),
)

/** Functions of extensions whose value may hold data of any column. */
export const sampledExtensionFunctions: ReadonlySet<string> = new Set(
  words(`dblink dblink_fetch dblink_get_notify dblink_get_result pg_stat_statements verify_heapam`),
)

/** Functions of extensions that are stable in C, and yet only compute. Others of that kind may read any table. */
export const computingExtensionFunctions: ReadonlySet<string> = new Set(
  words(`
  isn_weak show_limit similarity_op strict_word_similarity_commutator_op
  strict_word_similarity_op unaccent word_similarity_commutator_op word_similarity_op`),
)

/** Relations of pg_catalog with the same property: the planner's samples, other sessions' statements, large objects. */
export const sampledValueRelations: ReadonlySet<string> = new Set(
  words(`
  pg_catalog.pg_cursors pg_catalog.pg_largeobject pg_catalog.pg_prepared_statements
  pg_catalog.pg_stat_activity pg_catalog.pg_statistic pg_catalog.pg_statistic_ext_data
  pg_catalog.pg_stats pg_catalog.pg_stats_ext pg_catalog.pg_stats_ext_exprs
  public.pg_stat_statements`),
)
