/** A menu of files, each a link that a browser can also save by its own menu. */
import { DropdownMenu } from 'radix-ui'
import { useState, type ReactNode } from 'react'
import { useDownload } from './use-download.ts'

type DownloadMenuProps = {
  trigger: ReactNode
  /** What all of the files have. */
  label?: string
  files: readonly { address: string; name: string; what?: string }[]
}

export function DownloadMenu({ trigger, label, files }: DownloadMenuProps) {
  const download = useDownload()
  const [open, setOpen] = useState(false)
  return (
    <DropdownMenu.Root modal={false} open={open} onOpenChange={setOpen}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          {label !== undefined && (
            <DropdownMenu.Label className="menu-label soft">{label}</DropdownMenu.Label>
          )}
          {files.map(({ address, name, what }) => (
            <DropdownMenu.Item key={address} className="menu-item" asChild>
              <a
                href={address}
                download
                onClick={(event) => {
                  event.preventDefault()
                  setOpen(false)
                  void download(address)
                }}
              >
                {name}
                {what !== undefined && <span className="soft"> {what}</span>}
              </a>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
