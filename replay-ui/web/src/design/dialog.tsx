/** A question of ours above the page: focus stays in it, Escape closes it, and the focus goes back to where it was opened. */
import { Dialog as Parts } from 'radix-ui'
import { useRef, type ReactNode } from 'react'

type DialogProps = {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** One sentence on what will happen. */
  description: ReactNode
  /** The button that opens it. Left out: what opens it stands elsewhere. */
  trigger?: ReactNode
  children: ReactNode
}

export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, description, trigger, children } = props
  const opener = useRef<Opener>(undefined)
  return (
    <Parts.Root open={open} onOpenChange={onOpenChange}>
      {trigger !== undefined && <Parts.Trigger asChild>{trigger}</Parts.Trigger>}
      <Parts.Portal>
        <Parts.Overlay className="dialog-shade" />
        <Parts.Content
          className="dialog"
          onOpenAutoFocus={() => {
            opener.current = openerOf(document.activeElement)
          }}
          onCloseAutoFocus={(event) => {
            if (opener.current === undefined || opener.current.element.isConnected) return
            event.preventDefault()
            focusHeading(opener.current)
          }}
        >
          <Parts.Title asChild>
            <h2>{title}</h2>
          </Parts.Title>
          <Parts.Description asChild>
            <div className="soft">{description}</div>
          </Parts.Description>
          {children}
        </Parts.Content>
      </Parts.Portal>
    </Parts.Root>
  )
}

type Opener = { element: Element; heading: HTMLElement | null } | undefined

function openerOf(element: Element | null): Opener {
  const around = element?.closest('section, main') ?? document
  return element === null ? undefined : { element, heading: around.querySelector('h1, h2') }
}

/** What was asked is done and took the button away, as with a session that has ended: one reads on where it was. */
function focusHeading({ heading }: NonNullable<Opener>): void {
  const target = heading?.isConnected === true ? heading : document.querySelector<HTMLElement>('h1')
  target?.setAttribute('tabindex', '-1')
  target?.focus()
}
