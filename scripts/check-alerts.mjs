/** deploy/alerts by Prometheus' own tool: that the rules are valid, and that they fire when they must. Debian: prometheus. */
import { capture } from './process.mjs'

const steps = [
  ['check', 'rules', 'deploy/alerts/gatetrail.rules.yml'],
  ['test', 'rules', 'deploy/alerts/gatetrail.rules.test.yml'],
  ['check', 'config', '--syntax-only', 'deploy/compose/prometheus/prometheus.yml'],
]

for (const args of steps) {
  const { code, output } = await capture('promtool', args).catch(() => ({ code: 127, output: '' }))
  if (code === 127) {
    console.log('! promtool is missing (Debian: prometheus): alarm rules are not checked')
    break
  }
  if (code !== 0) {
    console.log(output.trimEnd())
    process.exitCode = 1
  }
}
