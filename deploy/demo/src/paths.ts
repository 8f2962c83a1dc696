/** Where the demo keeps what it makes, below `dataDir/demo`. Directories 0700, files 0600. */
import { join } from 'node:path'

export type DemoPaths = ReturnType<typeof demoPaths>

export function demoPaths(dataDirectory: string) {
  const directory = join(dataDirectory, 'demo')
  return {
    directory,
    /** A real configuration, written anew at each start. */
    configuration: join(directory, 'gatetrail.yaml'),
    /** Ports of PostgreSQL and of the issuer: chosen once, kept while they are free. */
    ports: join(directory, 'ports.json'),
    /** Ties the data of PostgreSQL, which may have to lie elsewhere, to this directory. */
    id: join(directory, 'id'),
    postgres: join(directory, 'postgres'),
    postgresLog: join(directory, 'postgres.log'),
    superuserPassword: join(directory, 'postgres-superuser-password'),
    applicationPassword: join(directory, 'orders-password'),
    webClientSecret: join(directory, 'web-client-secret'),
    issuerKeys: join(directory, 'issuer-keys.json'),
    /** Whoever can read this file gets tokens of the demo issuer. */
    issuerSecret: join(directory, 'issuer-secret'),
  }
}
