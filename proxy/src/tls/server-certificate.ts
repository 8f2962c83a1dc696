/**
 * The certificate that clients see: the configured one, or a self-signed one, made once in dataDir/tls. Clients that
 * verify it use dataDir/tls/server.crt as their root (`sslrootcert`).
 */
import { X509Certificate } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { isIP, isIPv6 } from 'node:net'
import { hostname } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import { GatetrailError, type Configuration } from '@gatetrail/schemas'
import { makeSelfSigned } from './self-signed.ts'

const validYears = 10

export type ServerCertificate = {
  context: SecureContext
  certFile: string
  /** ms since 1970 */
  expiresAtMs: number
}

/** @throws GatetrailError CONFIG_INVALID, DIRECTORY_NOT_WRITABLE */
export async function loadServerCertificate(
  configured: Configuration['tls'],
  directories: { configuration: string; tls: string },
  listenHost: string,
): Promise<ServerCertificate> {
  if (configured !== undefined) {
    const certFile = absolute(configured.certFile, directories.configuration)
    return contextOf(certFile, absolute(configured.keyFile, directories.configuration))
  }
  const certFile = join(directories.tls, 'server.crt')
  const keyFile = join(directories.tls, 'server.key')
  try {
    if (!(await exists(certFile)) || !(await exists(keyFile))) {
      await keepSelfSigned(directories.tls, certFile, keyFile, listenHost)
    }
  } catch (cause) {
    throw new GatetrailError(
      'DIRECTORY_NOT_WRITABLE',
      `cannot make a certificate in ${directories.tls}`,
      { hint: 'Give the user that runs Gatetrail write access to dataDir.', cause },
    )
  }
  return contextOf(certFile, keyFile)
}

async function contextOf(certFile: string, keyFile: string): Promise<ServerCertificate> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)])
    const context = createSecureContext({ cert, key, minVersion: 'TLSv1.2' })
    return { context, certFile, expiresAtMs: Date.parse(new X509Certificate(cert).validTo) }
  } catch (cause) {
    throw new GatetrailError(
      'CONFIG_INVALID',
      `tls: ${certFile} and ${keyFile} are not a readable certificate and its key`,
      { hint: 'Both are PEM files; the key must be the one of the certificate.', cause },
    )
  }
}

async function keepSelfSigned(
  directory: string,
  certFile: string,
  keyFile: string,
  listenHost: string,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const notBefore = new Date(Date.now() - 3_600_000)
  const notAfter = new Date(notBefore)
  notAfter.setFullYear(notAfter.getFullYear() + validYears)
  const names = alternativeNames(listenHost)
  const { certificatePem, keyPem } = makeSelfSigned('Gatetrail', names, notBefore, notAfter)
  await writeOnce(keyFile, keyPem, 0o600)
  await writeOnce(certFile, certificatePem, 0o644)
}

function alternativeNames(listenHost: string): { dns: string[]; ip: string[] } {
  const dns = new Set(['localhost'])
  const ip = new Set(['127.0.0.1', '::1'])
  if (isIP(listenHost) === 0) dns.add(listenHost)
  else if (!['0.0.0.0', '::'].includes(listenHost) && !isIPv6(listenHost)) ip.add(listenHost)
  const host = hostname()
  if (/^[A-Za-z0-9.-]+$/.test(host)) dns.add(host)
  return { dns: [...dns], ip: [...ip] }
}

/** Under its name only once it is whole: a crash in between leaves no half file. */
async function writeOnce(path: string, text: string, mode: number): Promise<void> {
  const partial = `${path}.${process.pid}.partial`
  const file = await open(partial, 'w', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
}

async function exists(path: string): Promise<boolean> {
  try {
    await readFile(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function absolute(path: string, directory: string): string {
  return isAbsolute(path) ? path : join(directory, path)
}
