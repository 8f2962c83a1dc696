/**
 * A text of the address in a field of a form. Where the address changes, the text follows; the field stays, and with it the focus
 * and the caret of whoever has just pressed Enter.
 */
import { useEffect, useRef, type ComponentProps } from 'react'

type AddressFieldProps = Omit<ComponentProps<'input'>, 'value' | 'defaultValue' | 'ref'> & {
  value: string | undefined
}

export function AddressField({ value = '', className = 'field', ...input }: AddressFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const { current } = field
    if (current !== null) follow(current, value)
  }, [value])
  return (
    <input
      ref={field}
      className={className}
      type="search"
      defaultValue={value}
      spellCheck={false}
      autoComplete="off"
      {...input}
    />
  )
}

type Field = Pick<
  HTMLInputElement,
  'value' | 'selectionStart' | 'selectionEnd' | 'setSelectionRange'
>

/** Blanks around what was typed are in no address. */
export function follow(field: Field, text: string): void {
  if (field.value.trim() === text) return
  const { selectionStart, selectionEnd } = field
  field.value = text
  if (selectionStart !== null) field.setSelectionRange(selectionStart, selectionEnd)
}
