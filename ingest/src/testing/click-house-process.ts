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

async function start({
  directory,
  port,
  users,
  database,
  grants,
}: ToClickHouse & { type: 'start' }) {
  const lock = await lockDirectory(directory)
  const engine = await openEngine(
    join(directory, 'store'),
    await accessArguments(directory, grants),
  )
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
async function accessArguments(
  directory: string,
  grants: readonly string[] | undefined,
): Promise<string[]> {
  if (grants === undefined) return []
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const usersFile = join(directory, 'users.xml')
  await writeFile(
    usersFile,
    `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>
    <networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    <grants>${grants.map((grant) => `<query>${escaped(grant)}</query>`).join('')}</grants></default></users></clickhouse>`,
  )
  const configurationFile = join(directory, 'config.xml')
  await writeFile(
    configurationFile,
    `<clickhouse><user_directories><users_xml><path>${usersFile}</path></users_xml></user_directories></clickhouse>`,
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
