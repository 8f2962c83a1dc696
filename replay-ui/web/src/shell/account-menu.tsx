/** Who is signed in, with which rights, and the way out. */
import { DropdownMenu } from 'radix-ui'
import type { Me } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { useSignOut } from './use-sign-out.ts'

export function AccountMenu({ me, showKeys }: { me: Me; showKeys: () => void }) {
  const signOut = useSignOut()
  const name = me.subject ?? me.name
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button
          type="button"
          className="button button-quiet"
          aria-label={`Account ${recorded(name)}`}
        >
          <Icon name="person" />
          <span className="account-name">
            <Recorded text={name} />
          </span>
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
        <DropdownMenu.Label className="menu-label">
          <strong>
            <Recorded text={me.name} />
          </strong>
          <span>Roles: {me.roles.length === 0 ? 'none' : me.roles.join(', ')}</span>
          <span>
            Groups: {me.groups.length === 0 ? 'none' : <Recorded text={me.groups.join(', ')} />}
          </span>
          {me.connections !== null && (
            <span>
              Connections that you see: <Recorded text={me.connections.join(', ')} />
            </span>
          )}
          <span className="soft">What you look at here is itself on record.</span>
        </DropdownMenu.Label>
        <DropdownMenu.Item className="menu-item" onSelect={showKeys}>
          Keys
        </DropdownMenu.Item>
        {me.way === 'session' && (
          <DropdownMenu.Item className="menu-item" onSelect={() => signOut()}>
            Sign out
          </DropdownMenu.Item>
        )}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}
