/**
 * Apache Kafka for the tests: the jars of a broker from Maven Central, each against the SHA-256 that is pinned in
 * kafka-jars.json, kept in .cache, which git ignores. slf4j-simple is there so that a broker says on stderr what goes wrong.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { root, seconds } from './process.mjs'

const version = '4.3.1'
const repository = 'https://repo1.maven.org/maven2'
const list = new URL('kafka-jars.json', import.meta.url)
const downloadsAtOnce = 4
const triesMax = 3
const downloadMsMax = 120_000

/** eventlog/src/testing/kafka-broker.ts looks here. */
const folder = join(root, '.cache', `kafka-${version}`)

/** Downloads the jars unless they are there. Returns what cannot be had, and says what that skips. */
export async function ensureKafka() {
  const text = await readFile(list, 'utf8')
  const wanted = createHash('sha256').update(text).digest('hex')
  const stamp = join(folder, 'stamp')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return []
  const startedAtMs = performance.now()
  const incoming = `${folder}.${process.pid}`
  try {
    await mkdir(incoming, { recursive: true })
    const jars = Object.entries(JSON.parse(text))
    const workers = Array.from({ length: downloadsAtOnce }, async () => {
      for (let jar = jars.shift(); jar !== undefined; jar = jars.shift())
        await download(jar[0], jar[1], incoming)
    })
    await Promise.all(workers)
    await writeFile(join(incoming, 'stamp'), wanted)
    await rm(folder, { recursive: true, force: true })
    await rename(incoming, folder)
    console.log(`· Apache Kafka ${version} is in .cache (${seconds(startedAtMs)})`)
    return []
  } catch (error) {
    await rm(incoming, { recursive: true, force: true })
    console.log(`! Apache Kafka cannot be had, skips the tests with it: ${error.message}`)
    return [{ name: 'kafka' }]
  }
}

async function download(path, sha256, into) {
  const url = `${repository}/${path}`
  const bytes = await fetchBytes(url)
  const got = createHash('sha256').update(bytes).digest('hex')
  if (got !== sha256) throw new Error(`${url} has checksum ${got}, not ${sha256}`)
  await writeFile(join(into, basename(path)), bytes)
}

async function fetchBytes(url) {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(downloadMsMax) })
      if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`)
      return Buffer.from(await response.arrayBuffer())
    } catch (error) {
      if (attempt === triesMax) throw error
    }
  }
}
