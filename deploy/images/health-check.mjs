/**
 * HEALTHCHECK of the image: whether the role in this container takes work, by /readyz of its operations port. What it says
 * why not is what `docker inspect` shows.
 */
const address = process.argv[2] ?? 'http://127.0.0.1:8091/readyz'
const timeoutMs = 4_000

try {
  const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) })
  console.log((await response.text()).slice(0, 1_000))
  process.exitCode = response.ok ? 0 : 1
} catch (error) {
  console.log(`${address} does not answer: ${error.message}`)
  process.exitCode = 1
}
