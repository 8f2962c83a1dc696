/** The process behind start-click-house.ts: chDB behind ClickHouse's HTTP interface, until its parent goes. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lockDirectory } from '@gatetrail/eventlog'
import { openEngine } from '../endpoint/engine.ts'
import { ClickHouseError } from '../endpoint/exception.ts'
import { startHttpEndpoint } from '../endpoint/http-endpoint.ts'
import type { ToClickHouse, TestUser } from './start-click-house.ts'

let refusing: ToClickHouse & { type: 'refuse' } = { type: 'refuse', matching: undefined }

process.on('disconnect', () => process.exit(0))
process.on('message', (message: ToClickHouse) => {
  if (message.type === 'refuse') refusing = message
  else void start(message)
})

async function start(message: ToClickHouse & { type: 'start' }) {
  const { directory, port, users, database, grants } = message
  const lock = await lockDirectory(directory)
  const engine = await openEngine(join(directory, 'store'), await engineArguments(message))
  if (database !== 'default' && grants === undefined)
    await engine.ask(`CREATE DATABASE IF NOT EXISTS ${database}`)
  const endpoint = await startHttpEndpoint({
    host: '127.0.0.1',
    port,
    engine,
    incoming: join(directory, 'incoming'),
    authenticate: ({ user, password }) => authenticate(users, user, password),
    authorize: (text, { settings, credentials }) =>
      Promise.resolve({
        text,
        settings,
        readOnly: users.find(({ name }) => name === credentials.user)?.readOnly === true,
      }),
    intercept: (text) => {
      const {
        matching,
        code = 210,
        name = 'NETWORK_ERROR',
        sentence = 'refused by the test',
      } = refusing
      if (matching !== undefined && new RegExp(matching).test(text))
        throw new ClickHouseError(code, name, sentence)
    },
  })
  process.send?.({ type: 'listening', port: endpoint.port })
  process.on('SIGTERM', () => {
    void endpoint.close().then(async () => {
      engine.close()
      await lock.release()
      process.exit(0)
    })
  })
}

/** With grants: all that statements may do, enforced by the engine's own access control. */
async function engineArguments({
  directory,
  grants,
  cluster,
}: Pick<ToClickHouse & { type: 'start' }, 'directory' | 'grants' | 'cluster'>): Promise<string[]> {
  if (grants === undefined && cluster === undefined) return []
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const all = '<access_management>1</access_management>'
  const granted = grants?.map((grant) => `<query>${escaped(grant)}</query>`).join('')
  const usersFile = join(directory, 'users.xml')
  await writeFile(
    usersFile,
    `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>
    <networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    ${granted === undefined ? all : `<grants>${granted}</grants>`}</default></users></clickhouse>`,
  )
  // The engine takes a replica at its own TCP port for itself, although nothing listens there.
  const shard = '<shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>'
  const configurationFile = join(directory, 'config.xml')
  await writeFile(
    configurationFile,
    `<clickhouse><user_directories><users_xml><path>${usersFile}</path></users_xml></user_directories><tcp_port>9000</tcp_port>
    ${cluster === undefined ? '' : `<remote_servers><${cluster}>${shard}</${cluster}></remote_servers>`}</clickhouse>`,
  )
  return [`--config-file=${configurationFile}`]
}

function authenticate(users: readonly TestUser[], name: string, password: string): void {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const user = users.find((one) => one.name === name)
  if (user === undefined || !timingSafeEqual(digest(user.password), digest(password)))
    throw new ClickHouseError(
      516,
      'AUTHENTICATION_FAILED',
      `${name}: Authentication failed: password is incorrect, or there is no user with such name.`,
    )
}
