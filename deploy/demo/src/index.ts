/** @gatetrail/demo: a real PostgreSQL with a shop, an OIDC issuer on loopback, and a story. Only for `gatetrail up` without --config. */
export type { DemoListen } from './configuration.ts'
export { demoPaths, type DemoPaths } from './paths.ts'
export { demoPolicies, prepareDemo, type PreparedDemo } from './prepare.ts'
export { requestDemoToken, type DemoToken } from './request-token.ts'
export { startPostgres, type PostgresServer } from './postgres/server.ts'
export type { Programs } from './postgres/binaries.ts'
export { startDemo, type Demo } from './start-demo.ts'
