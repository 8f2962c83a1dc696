/** The demo role of `gatetrail up` without --config: the shop's PostgreSQL, the issuer, the story. */
import { demoPaths, startDemo } from '@gatetrail/demo'
import { assert, GatetrailError } from '@gatetrail/schemas'
import { runRole } from './run-role.ts'

runRole('demo', async ({ start, fail, log }) => {
  assert(start.demo !== undefined, 'the demo role is started with its ports')
  let closing = false
  const demo = await startDemo(
    { paths: demoPaths(start.dataDirectory), ports: start.demo.ports },
    start.demo.redirectUris,
  )
  log.info({ issuer: demo.issuerUrl, postgres: demo.postgresDirectory }, 'the demo is ready')
  void demo.ended.then(() => {
    if (!closing) fail(new GatetrailError('DEMO_FAILED', 'PostgreSQL of the demo ended'))
  })
  return {
    details: {
      issuer: demo.issuerUrl,
      postgresDirectory: demo.postgresDirectory,
      seeded: String(demo.seeded),
    },
    status: () => ({ ready: true, notes: [], metrics: '' }),
    play: (proxy, tell) => demo.playStory(proxy, tell),
    close: () => {
      closing = true
      return demo.close()
    },
  }
})
