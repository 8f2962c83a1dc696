/** The address of the area leads to the first of its pages that this account may see. */
import { Navigate } from '@tanstack/react-router'
import { usePermissions } from './operation-frame.tsx'

export function IndexPage() {
  const to = usePermissions().includes('read_audit') ? '/operation/now' : '/operation/health'
  return <Navigate to={to} search={({ tz }) => ({ tz })} replace />
}
