/** In place of a page whose questions would be refused: what this account lacks, and whom to ask. */
import { Link } from '@tanstack/react-router'
import { permissionsOf, roles, type Me, type Permission } from '@gatetrail/replay-api'
import { Notice } from '../design/notice.tsx'
import { Recorded } from '../design/recorded.tsx'
import { useSignOut } from './use-sign-out.ts'

export function NoPermission({ me, needs }: { me: Me; needs: Permission }) {
  const signOut = useSignOut()
  if (needs === 'read_all' && me.connections !== null) return <SomeConnections me={me} />
  const opens = roles.filter((role) => permissionsOf[role].includes(needs))
  return (
    <main className="page">
      <h1 className="visually-hidden">No permission</h1>
      <Notice tone="warning" icon="stop" title="You may not see this">
        <p>
          You are signed in as <Recorded text={me.subject ?? me.name} />
          {me.roles.length === 0
            ? ', but your account has no role here.'
            : `, as ${me.roles.join(' and ')}. That role does not open this page.`}
        </p>
        <p>
          Needed: the role {opens.join(' or ')}. Roles come from the groups of your account, which
          are: {me.groups.length === 0 ? 'none' : <Recorded text={me.groups.join(', ')} />}. Ask
          whoever runs Gatetrail to add one of them to <code>web.roles.{opens[0]}</code> in{' '}
          <code>gatetrail.yaml</code>, or to give you a group that is there; then sign in again.
        </p>
        {me.permissions.includes('read_status') && (
          <p>
            Open to you: <Link to="/operation">how the platform does</Link>.
          </p>
        )}
        {me.way === 'session' && (
          <button type="button" className="button" onClick={() => signOut()}>
            Sign out
          </button>
        )}
      </Notice>
    </main>
  )
}

function SomeConnections({ me }: { me: Me }) {
  return (
    <main className="page">
      <h1 className="visually-hidden">No permission</h1>
      <Notice tone="warning" icon="stop" title="You may not see this">
        <p>
          You audit some connections: <Recorded text={(me.connections ?? []).join(', ')} />. This
          page shows what belongs to all of them. Ask whoever runs Gatetrail about{' '}
          <code>web.scopes</code> in <code>gatetrail.yaml</code>.
        </p>
      </Notice>
    </main>
  )
}
