/** For tests: certificates that openssl makes, of kinds that Gatetrail itself never issues. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Certificate = { certificate: string; key: string }

/** A self-signed one, which is its own authority. `options`: of `openssl req`, such as `-sha384`. */
export async function makeCertificate(
  commonName: string,
  options: readonly string[],
): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-test-certificate-'))
  try {
    const [certificate, key] = [join(directory, 'certificate'), join(directory, 'key')]
    await run('openssl', [
      ...['req', '-x509', '-nodes', '-days', '1', '-subj', `/CN=${commonName}`],
      ...['-keyout', key, '-out', certificate],
      ...options,
    ])
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** For a TLS client. */
export function makeClientCertificate(commonName: string): Promise<Certificate> {
  return makeCertificate(commonName, ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'])
}
