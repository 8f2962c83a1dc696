/** The Ed25519 keys with which a writer signs its heartbeats and a replay instance its control objects, and the keys that a verifier trusts. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import { isMissing } from './durable-file.ts'

const privateFile = 'writer-signing.pem'
const publicFile = 'writer-signing.pub.pem'
const publicKeyExtension = '.pub.pem'
const controlPrivateFile = 'control-signing.pem'
/** Not `.pub.pem`: who may sign control objects may not sign the trail. Read by control/trusted-keys.ts. */
const controlPublicFile = 'control-signing.pub'
const keyBytesMax = 16 * 1024

export type SigningKey = {
  readonly privateKey: KeyObject
  /** base64url of the raw 32 bytes: as `gatetrail.writer.started` names it. */
  readonly publicKey: string
}

/**
 * The signing key in `keysDirectory`, made at the first call (files 0600, directory 0700). Processes that start at the
 * same time get the same key.
 * @throws GatetrailError DIRECTORY_NOT_WRITABLE, CONFIG_INVALID if the file is no Ed25519 key
 */
export function loadSigningKey(keysDirectory: string): Promise<SigningKey> {
  return loadKey(keysDirectory, privateFile, publicFile, (key) =>
    key.export({ type: 'spki', format: 'pem' }).toString(),
  )
}

/** The same for control objects; beside it lies the public key as `control.trustedKeys` names it. */
export function loadControlKey(keysDirectory: string): Promise<SigningKey> {
  return loadKey(
    keysDirectory,
    controlPrivateFile,
    controlPublicFile,
    (key) => `${rawPublicKey(key)}\n`,
  )
}

async function loadKey(
  keysDirectory: string,
  privateName: string,
  publicName: string,
  publicText: (key: KeyObject) => string,
): Promise<SigningKey> {
  const file = path.join(keysDirectory, privateName)
  try {
    await mkdir(keysDirectory, { recursive: true, mode: 0o700 })
    const pem = (await read(file)) ?? (await make(file))
    const privateKey = parse(pem, file)
    const publicKeyObject = createPublicKey(privateKey)
    const text = publicText(publicKeyObject)
    if ((await read(path.join(keysDirectory, publicName))) !== text)
      await createWhole(path.join(keysDirectory, publicName), text, true)
    return { privateKey, publicKey: rawPublicKey(publicKeyObject) }
  } catch (cause) {
    if (cause instanceof GatetrailError) throw cause
    throw new GatetrailError(
      'DIRECTORY_NOT_WRITABLE',
      `the signing key in ${keysDirectory} can be neither read nor made`,
      { cause, hint: 'Give the process its own directory that it can write.' },
    )
  }
}

/** Every `*.pub.pem` in `keysDirectory`, as base64url of the raw 32 bytes: the keys that a verifier trusts. */
export async function loadPublicKeys(keysDirectory: string): Promise<string[]> {
  const names = await readdir(keysDirectory)
  const keys: string[] = []
  for (const name of names.filter((name) => name.endsWith(publicKeyExtension)).sort()) {
    const file = path.join(keysDirectory, name)
    try {
      const key = createPublicKey((await read(file)) ?? '')
      if (key.asymmetricKeyType === 'ed25519') keys.push(rawPublicKey(key))
    } catch (cause) {
      throw new GatetrailError('CONFIG_INVALID', `${file} is no public key`, { cause })
    }
  }
  return keys
}

/** A key object for a public key as `gatetrail.writer.started` names it; undefined if it is none. */
export function publicKeyFromRaw(publicKey: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  } catch {
    return undefined // The caller reports a signature that cannot be checked.
  }
}

function rawPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' })
  if (x === undefined) throw new Error('an Ed25519 key has an x')
  return x
}

function parse(pem: string, file: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new GatetrailError('CONFIG_INVALID', `${file} is no private key`, { cause })
  }
  throw new GatetrailError('CONFIG_INVALID', `${file} is not an Ed25519 key`)
}

async function make(file: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519')
  await createWhole(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), false)
  const pem = await read(file) // Ours, or that of a process which was faster.
  if (pem === undefined) throw new Error(`${file} was removed while it was made`)
  return pem
}

/** Creates a file with its whole content at once; keeps one that is already there unless `replace`. */
async function createWhole(file: string, text: string, replace: boolean): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.temporary`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
    if (replace) await rm(file, { force: true })
    await link(temporary, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await handle.close()
    await rm(temporary, { force: true })
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8')
    if (text.length > keyBytesMax)
      throw new GatetrailError('CONFIG_INVALID', `${file} is too long for a key`)
    return text
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
