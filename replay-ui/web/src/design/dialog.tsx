/** A question of ours above the page: focus stays in it, Escape closes it, and the focus goes back to where it was opened. */
import { Dialog as Parts } from 'radix-ui'
import type { ReactNode } from 'react'

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

export function Dialog({ open, onOpenChange, title, description, trigger, children }: DialogProps) {
  return (
    <Parts.Root open={open} onOpenChange={onOpenChange}>
      {trigger !== undefined && <Parts.Trigger asChild>{trigger}</Parts.Trigger>}
      <Parts.Portal>
        <Parts.Overlay className="dialog-shade" />
        <Parts.Content className="dialog">
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
