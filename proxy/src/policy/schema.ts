/** The Cedar schema that policies are validated against (design §5). A copy for readers: docs/policy-schema.cedarschema. */
export const policySchema = `// What Gatetrail policies can speak about. Whatever no policy permits is denied.

entity Group;

// Principal::"<issuer name>#<subject>", in each of its groups.
entity Principal in [Group] = {
  kind: String,               // ci_job, agent, service_account, human, legacy_key
  subject: String,
  issuer: String,             // the configured name of the issuer
  groups: Set<String>,
  run?: {
    provider: String,
    id: String,
    attempt?: String,
    workflow?: String,
    repository?: String,
  },
  onBehalfOf?: Set<String>,   // subjects that it acts for, all along the chain
};

entity Protocol;

// Connection::"orders", in Protocol::"postgres".
entity Connection in [Protocol] = {
  protocol: String,
  tags: Set<String>,
};

// DataClass::"US_SSN": an entity type of the detectors, or a tag of the catalogue.
entity DataClass;

// What a PostgreSQL statement will do.
type Sql = {
  kinds: Set<String>,         // select, delete, drop_table, … at any depth
  effects: Set<String>,       // of read, write, schema, session, external
  reads: Set<String>,         // schema.relation
  writes: Set<String>,        // schema.relation
  columns: Set<String>,       // read: schema.relation.column; schema.relation.* if not known
  filters: Set<String>,       // in predicates: schema.relation.column
  functions: Set<String>,     // schema.name
  complete: Bool,             // false where it can't be told what will happen
};

// May this principal open a session on this connection?
action connect appliesTo {
  principal: Principal,
  resource: Connection,
  context: { time: datetime, clientAddress: ipaddr },
};

// May it run this statement?
action execute appliesTo {
  principal: Principal,
  resource: Connection,
  context: { time: datetime, clientAddress: ipaddr, approved: Bool, sql?: Sql },
};

// May it see this data class in clear? Not permitted means masked.
action reveal appliesTo {
  principal: Principal,
  resource: DataClass,
  context: { time: datetime, clientAddress: ipaddr, connection: Connection, column?: String },
};
`
