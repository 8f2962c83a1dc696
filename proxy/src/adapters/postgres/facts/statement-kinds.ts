/**
 * Every statement that PostgreSQL's grammar has, by the name of its node: its kind (`context.sql.kinds`) and effects.
 * A node that is not here makes the statement incomplete. Queries and DML are in queries.ts and changes.ts.
 */
import type { SqlEffect } from '@gatetrail/schemas'
import { flagOf, textOf, type Node } from './node.ts'

export type StatementKind = {
  kind: string | ((node: Node) => string)
  effects: readonly SqlEffect[]
  /** The text doesn't tell what will happen. */
  dynamic?: boolean
}

const schema: readonly SqlEffect[] = ['schema']
const session: readonly SqlEffect[] = ['session']
/** Reaches out of the database: another server, the machine's files, code from a library. */
const outside: readonly SqlEffect[] = ['schema', 'external']

const definition = (kind: StatementKind['kind'], effects = schema): StatementKind => ({
  kind,
  effects,
})

/** drop_table, alter_view, …: from a member that holds an ObjectType. */
const byObject =
  (verb: string, key: string) =>
  (node: Node): string =>
    `${verb}_${objectName(textOf(node, key))}`

export const statementKinds: Readonly<Record<string, StatementKind>> = {
  // transactions and the session: transaction-statement kinds see transactionKinds
  TransactionStmt: { kind: transactionKind, effects: session },
  ConstraintsSetStmt: { kind: 'set_constraints', effects: session },
  VariableShowStmt: { kind: 'show', effects: session },
  DiscardStmt: { kind: 'discard', effects: session },
  ListenStmt: { kind: 'listen', effects: session },
  UnlistenStmt: { kind: 'unlisten', effects: session },
  // The payload reaches every listener of the database: a way out for what was read, so also a write.
  NotifyStmt: { kind: 'notify', effects: ['session', 'write'] },
  LockStmt: { kind: 'lock', effects: session },
  DeallocateStmt: { kind: 'deallocate', effects: session },
  ClosePortalStmt: { kind: 'close', effects: session },
  FetchStmt: { kind: (node) => (flagOf(node, 'ismove') ? 'move' : 'fetch'), effects: ['read'] },
  // code that the text doesn't show
  DoStmt: { kind: 'do', effects: [], dynamic: true },
  CallStmt: { kind: 'call', effects: [], dynamic: true },
  ExecuteStmt: { kind: 'execute', effects: [], dynamic: true },
  LoadStmt: { kind: 'load', effects: ['external'] },
  // contents and upkeep
  TruncateStmt: { kind: 'truncate', effects: ['write'] },
  VacuumStmt: {
    kind: (node) => (flagOf(node, 'is_vacuumcmd') ? 'vacuum' : 'analyze'),
    effects: ['write'],
  },
  RefreshMatViewStmt: { kind: 'refresh_materialized_view', effects: ['read', 'write'] },
  ClusterStmt: definition('cluster'),
  ReindexStmt: definition('reindex'),
  CheckPointStmt: definition('checkpoint'),
  // definitions
  AlterCollationStmt: definition('alter_collation'),
  AlterDatabaseRefreshCollStmt: definition('alter_database'),
  AlterDatabaseSetStmt: definition('alter_database'),
  AlterDatabaseStmt: definition('alter_database'),
  AlterDefaultPrivilegesStmt: definition('alter_default_privileges'),
  AlterDomainStmt: definition('alter_domain'),
  AlterEnumStmt: definition('alter_type'),
  AlterEventTrigStmt: definition('alter_event_trigger'),
  AlterExtensionContentsStmt: definition('alter_extension'),
  AlterExtensionStmt: definition('alter_extension', outside),
  AlterFdwStmt: definition('alter_foreign_data_wrapper', outside),
  AlterForeignServerStmt: definition('alter_server', outside),
  AlterFunctionStmt: definition(byObject('alter', 'objtype')),
  AlterObjectDependsStmt: definition(byObject('alter', 'objectType')),
  AlterObjectSchemaStmt: definition(byObject('alter', 'objectType')),
  AlterOperatorStmt: definition('alter_operator'),
  AlterOpFamilyStmt: definition('alter_operator_family'),
  AlterOwnerStmt: definition(byObject('alter', 'objectType')),
  AlterPolicyStmt: definition('alter_policy'),
  AlterPublicationStmt: definition('alter_publication', outside),
  AlterRoleSetStmt: definition('alter_role'),
  AlterRoleStmt: definition('alter_role'),
  AlterSeqStmt: definition('alter_sequence'),
  AlterStatsStmt: definition('alter_statistics'),
  AlterSubscriptionStmt: definition('alter_subscription', outside),
  AlterSystemStmt: definition('alter_system'),
  AlterTableMoveAllStmt: definition(byObject('alter', 'objtype')),
  AlterTableSpaceOptionsStmt: definition('alter_tablespace'),
  AlterTableStmt: definition(byObject('alter', 'objtype')),
  AlterTSConfigurationStmt: definition('alter_text_search_configuration'),
  AlterTSDictionaryStmt: definition('alter_text_search_dictionary'),
  AlterTypeStmt: definition('alter_type'),
  AlterUserMappingStmt: definition('alter_user_mapping', outside),
  CommentStmt: definition('comment'),
  CompositeTypeStmt: definition('create_type'),
  CreateAmStmt: definition('create_access_method'),
  CreateCastStmt: definition('create_cast'),
  CreateConversionStmt: definition('create_conversion'),
  CreatedbStmt: definition('create_database'),
  CreateDomainStmt: definition('create_domain'),
  CreateEnumStmt: definition('create_type'),
  CreateEventTrigStmt: definition('create_event_trigger'),
  CreateExtensionStmt: definition('create_extension', outside),
  CreateFdwStmt: definition('create_foreign_data_wrapper', outside),
  CreateForeignServerStmt: definition('create_server', outside),
  CreateForeignTableStmt: definition('create_foreign_table', outside),
  CreateFunctionStmt: definition((node) =>
    flagOf(node, 'is_procedure') ? 'create_procedure' : 'create_function',
  ),
  CreateOpClassStmt: definition('create_operator_class'),
  CreateOpFamilyStmt: definition('create_operator_family'),
  CreatePLangStmt: definition('create_language', outside),
  CreatePolicyStmt: definition('create_policy'),
  CreatePublicationStmt: definition('create_publication', outside),
  CreateRangeStmt: definition('create_type'),
  CreateRoleStmt: definition('create_role'),
  CreateSchemaStmt: definition('create_schema'),
  CreateSeqStmt: definition('create_sequence'),
  CreateStatsStmt: definition('create_statistics'),
  CreateStmt: definition('create_table'),
  CreateSubscriptionStmt: definition('create_subscription', outside),
  CreateTableSpaceStmt: definition('create_tablespace', outside),
  CreateTransformStmt: definition('create_transform'),
  CreateTrigStmt: definition('create_trigger'),
  CreateUserMappingStmt: definition('create_user_mapping', outside),
  DefineStmt: definition(byObject('create', 'kind')),
  DropdbStmt: definition('drop_database'),
  DropOwnedStmt: definition('drop_owned'),
  DropRoleStmt: definition('drop_role'),
  DropStmt: definition(byObject('drop', 'removeType')),
  DropSubscriptionStmt: definition('drop_subscription', outside),
  DropTableSpaceStmt: definition('drop_tablespace'),
  DropUserMappingStmt: definition('drop_user_mapping', outside),
  GrantRoleStmt: definition((node) => (flagOf(node, 'is_grant') ? 'grant' : 'revoke')),
  GrantStmt: definition((node) => (flagOf(node, 'is_grant') ? 'grant' : 'revoke')),
  ImportForeignSchemaStmt: definition('import_foreign_schema', outside),
  IndexStmt: definition('create_index'),
  ReassignOwnedStmt: definition('reassign_owned'),
  RenameStmt: definition(byObject('alter', 'renameType')),
  RuleStmt: definition('create_rule'),
  SecLabelStmt: definition('security_label'),
  ViewStmt: definition('create_view'),
}

const transactionKinds: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback_to',
  TRANS_STMT_PREPARE: 'prepare_transaction',
  TRANS_STMT_COMMIT_PREPARED: 'commit_prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback_prepared',
}

/** begin, commit, savepoint, …; `unknown` for a kind that a newer grammar may bring. */
export function transactionKind(node: Node): string {
  return transactionKinds[textOf(node, 'kind')] ?? 'unknown'
}

const objectNames: Readonly<Record<string, string>> = {
  OBJECT_FDW: 'foreign_data_wrapper',
  OBJECT_FOREIGN_SERVER: 'server',
  OBJECT_MATVIEW: 'materialized_view',
  OBJECT_OPCLASS: 'operator_class',
  OBJECT_OPFAMILY: 'operator_family',
  OBJECT_STATISTIC_EXT: 'statistics',
  OBJECT_TSCONFIGURATION: 'text_search_configuration',
  OBJECT_TSDICTIONARY: 'text_search_dictionary',
  OBJECT_TSPARSER: 'text_search_parser',
  OBJECT_TSTEMPLATE: 'text_search_template',
  OBJECT_COLUMN: 'table',
  OBJECT_TABCONSTRAINT: 'table',
  OBJECT_ATTRIBUTE: 'type',
  OBJECT_DOMCONSTRAINT: 'domain',
}

function objectName(objectType: string): string {
  return objectNames[objectType] ?? objectType.replace(/^OBJECT_/, '').toLowerCase()
}
