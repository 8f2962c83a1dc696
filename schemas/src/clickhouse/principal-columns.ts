/** The columns that say who it was, the same in `sessions`, `statements` and `pii_touches`: no join is needed to answer. */
export const principalColumns = `
      principal LowCardinality(String) COMMENT 'issuer#subject',
      principal_kind LowCardinality(String),
      issuer LowCardinality(String),
      subject LowCardinality(String),
      run_provider LowCardinality(String),
      run_id String,
      run_attempt LowCardinality(String),
      run_workflow LowCardinality(String),
      run_repository LowCardinality(String),
      run_url String,
      on_behalf_of Array(LowCardinality(String)) COMMENT 'nearest delegator first',
      connection LowCardinality(String)`
