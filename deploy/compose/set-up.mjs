/**
 * The one-shot of docker-compose.yml: makes every secret once, and gives each service those that it needs in a volume of its
 * own, readable by its user alone. Run again it changes nothing but the configuration files, which it copies anew.
 *
 *   node deploy/compose/set-up.mjs DIRECTORY    (below it: one directory per volume)
 */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { chown, cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeSelfSigned } from '../../proxy/dist/tls/self-signed.js'
import { keycloakRealm } from './keycloak-realm.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = process.argv[2]
if (root === undefined) {
  console.error('usage: node deploy/compose/set-up.mjs DIRECTORY')
  process.exit(2)
}
/** As the images run: theirs are documented, ours stands in deploy/images/Dockerfile. */
const users = {
  gatetrail: 10_001,
  kafka: 1_000,
  clickhouse: 101,
  keycloak: 1_000,
  grafana: 472,
  postgres: 70,
}
const mayChown = process.getuid?.() === 0
const machines = ['proxy-1', 'proxy-2', 'ingest-1', 'ingest-2', 'replay']
const certificateYears = 10

// The one place that knows all secrets for a moment. Whoever rotates one removes its files, and runs this again.
const kafkaUsers = ['administrator', 'proxy', 'ingest', 'replay']
const storeUsers = ['administrator', 'ingest', 'replay', 'grafana']
const secrets = {
  kafka: await passwords('kafka', kafkaUsers),
  store: await passwords('administration', storeUsers),
}

await configuration('proxy', { kafka: 'proxy' })
await configuration('ingest', { kafka: 'ingest', store: 'ingest' })
await configuration('replay', { kafka: 'replay', store: 'replay' })
await configuration('administration', { kafka: 'administrator', store: 'administrator' })
await kafka()
await clickhouse()
await target()
await identityProvider()
await keysOfGatetrail()
await put('grafana/admin', password(), users.grafana)
await put('grafana/clickhouse', secrets.store.grafana, users.grafana, { replace: true })
console.log(`everything is in ${root}`)

/** `NAME.yaml` of this directory as it stands, the policies, and the secrets that it names. */
async function configuration(name, names) {
  const owner = users.gatetrail
  await copy(`${name}.yaml`, `${name}/${name}.yaml`, owner)
  for (const file of await readdir(join(here, 'policies'))) {
    await copy(`policies/${file}`, `${name}/policies/${file}`, owner)
  }
  await put(`${name}/kafka-password`, secrets.kafka[names.kafka], owner, { replace: true })
  if (names.store !== undefined) {
    await put(`${name}/store-password`, secrets.store[names.store], owner, { replace: true })
  }
  // What the identity provider fills later (fetch-keys.mjs). Without it: nobody is let in.
  await put(`${name}/idp-keys.json`, '{"keys":[]}\n', owner)
}

async function kafka() {
  const owner = users.kafka
  const scram = (name) =>
    `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${secrets.kafka[name]}";`
  await put('kafka/cluster-id', randomBytes(16).toString('base64url'), owner)
  const lines = kafkaUsers.map((name) => `name=${name},password=${secrets.kafka[name]}\n`)
  await put('kafka/users', lines.join(''), owner, { replace: true })
  const server = await readFile(join(here, 'kafka.properties'), 'utf8')
  const login = `listener.name.clients.scram-sha-512.sasl.jaas.config=${scram('administrator')}\n`
  await put('kafka/server.properties', server + login, owner, { replace: true })
  const client = [
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=SCRAM-SHA-512',
    `sasl.jaas.config=${scram('administrator')}`,
  ]
  await put('kafka/client.properties', `${client.join('\n')}\n`, owner, { replace: true })
  await ownDirectory(join(root, 'data', 'kafka'), owner)
}

/** Only hashes: the server needs no more. Who may do what is granted by `gatetrail deploy clickhouse`. */
async function clickhouse() {
  const sha256 = (text) => createHash('sha256').update(text).digest('hex')
  const template = await readFile(join(here, 'clickhouse', 'users.xml'), 'utf8')
  const text = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => sha256(secrets.store[name]))
  await put('clickhouse/gatetrail.xml', text, users.clickhouse, { replace: true })
}

async function target() {
  const shop = await keep('target/shop', password(), users.postgres)
  await put('target/superuser', password(), users.postgres)
  await put('proxy/orders-password', shop, users.gatetrail, { replace: true })
}

async function identityProvider() {
  const owner = users.keycloak
  const [certificate, key] = await certificateOf('idp', { dns: ['idp.localhost'], ip: [] }, owner)
  await put('idp/tls.crt', certificate, owner, { replace: true })
  await put('idp/tls.key', key, owner, { replace: true })
  for (const name of ['proxy', 'ingest', 'replay', 'administration']) {
    await put(`${name}/tls/idp.crt`, certificate, users.gatetrail, { replace: true })
  }
  const webClient = await keep('replay/web-client-secret', password(), users.gatetrail)
  const people = {}
  for (const name of ['auditor', 'dba', 'fraud-analyst', 'nightly-train']) {
    people[name] = await keep(`idp/${name}.password`, password(), owner)
  }
  const realm = keycloakRealm(webClient, people)
  await ownDirectory(join(root, 'data', 'idp'), owner)
  await put('idp/realm.json', `${JSON.stringify(realm, undefined, 2)}\n`, owner, { replace: true })
}

/** Keys that both proxies must share, the one with which replay signs what proxies do, and one per writer of records. */
async function keysOfGatetrail() {
  const owner = users.gatetrail
  const names = { dns: ['localhost', 'balancer', 'proxy-1', 'proxy-2'], ip: ['127.0.0.1'] }
  const [certificate, key] = await certificateOf('server', names, owner)
  await put('proxy/tls/server.crt', certificate, owner, { replace: true })
  await put('proxy/tls/server.key', key, owner, { replace: true })
  const fingerprintKey = await keep('administration/keys/fingerprint.key', randomBytes(32), owner)
  const signing = await keep('data/replay/keys/control-signing.pem', privatePem(), owner)
  const { x } = createPublicKey(signing).export({ format: 'jwk' })
  for (const name of machines) {
    const keys = `data/${name}/keys`
    await put(`${keys}/fingerprint.key`, fingerprintKey, owner)
    // Proxies trust every control-*.pub among their keys, who verifies the trail every *.pub.pem: docs/operating.md.
    if (name.startsWith('proxy')) await put(`${keys}/control-replay.pub`, `${x}\n`, owner)
    const writer = await keep(`${keys}/writer-signing.pem`, privatePem(), owner)
    const publicPem = createPublicKey(writer).export({ type: 'spki', format: 'pem' })
    for (const other of machines) await put(`data/${other}/keys/${name}.pub.pem`, publicPem, owner)
    await ownDirectory(join(root, 'data', name), owner)
  }
}

/** Kept beside the others of administration: services get copies. */
async function certificateOf(name, names, owner) {
  const from = new Date(Date.now() - 3_600_000)
  const until = new Date(from)
  until.setFullYear(until.getFullYear() + certificateYears)
  const made = makeSelfSigned(`Gatetrail ${name}`, names, from, until)
  const pair = await keep(`administration/tls/${name}.json`, JSON.stringify(made), owner)
  const { certificatePem, keyPem } = JSON.parse(String(pair))
  return [certificatePem, keyPem]
}

async function passwords(directory, names) {
  const owner = directory === 'kafka' ? users.kafka : users.gatetrail
  const all = {}
  for (const name of names) {
    all[name] = String(await keep(`${directory}/passwords/${name}`, password(), owner))
  }
  return all
}

function privatePem() {
  const { privateKey } = generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' })
}

function password() {
  return randomBytes(24).toString('base64url')
}

/** What is there already, or `made`, from now on. */
async function keep(path, made, owner) {
  await put(path, made, owner)
  return readFile(join(root, path))
}

async function copy(from, to, owner) {
  const file = join(root, to)
  await ownDirectory(dirname(file), owner)
  await cp(join(here, from), file)
  await own(file, owner)
}

/** Whole or not at all, mode 0400. Left alone where it is, unless `replace`. */
async function put(path, content, owner, { replace = false } = {}) {
  const file = join(root, path)
  await ownDirectory(dirname(file), owner)
  if (!replace && (await readFile(file).catch(() => undefined)) !== undefined) return
  const unfinished = `${file}.unfinished`
  await writeFile(unfinished, content, { mode: 0o400 })
  await own(unfinished, owner)
  await rename(unfinished, file)
}

async function ownDirectory(path, owner) {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await own(path, owner)
}

async function own(path, owner) {
  if (mayChown) await chown(path, owner, owner)
}
