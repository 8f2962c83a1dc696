/**
 * One-shot of profile `demo`: fetches the keys of the realm and lays them where proxies and replay look (jwksFile).
 *
 *   node deploy/compose/fetch-keys.mjs CERTIFICATE FILE…     (CERTIFICATE: of the identity provider)
 */
import { request } from 'node:https'
import { chown, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const address = 'https://idp.localhost:8443/realms/gatetrail/protocol/openid-connect/certs'
const timeoutMs = 10_000
const bytesMax = 256 * 1024
const [certificate, ...files] = process.argv.slice(2)

const keys = await fetchText(address, await readFile(certificate))
if (!Array.isArray(JSON.parse(keys).keys)) throw new Error(`${address} gave no keys`)
for (const file of files) {
  const { uid, gid } = await stat(dirname(file))
  await writeFile(`${file}.unfinished`, keys, { mode: 0o400 })
  if (process.getuid?.() === 0) await chown(`${file}.unfinished`, uid, gid)
  await rename(`${file}.unfinished`, file)
}
console.log(`keys of the realm are in ${files.join(', ')}`)

function fetchText(url, ca) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, timeout: timeoutMs }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        text += part
        if (text.length > bytesMax) asked.destroy(new Error(`${url} sends too much`))
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${url} answered ${response.statusCode}`))
      })
    })
    asked.on('timeout', () => asked.destroy(new Error(`${url} does not answer`)))
    asked.on('error', reject)
    asked.end()
  })
}
