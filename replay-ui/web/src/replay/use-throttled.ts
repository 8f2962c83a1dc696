/** A value that changes at most so often: who holds an arrow key down asks for what is under it when it rests. */
import { useEffect, useRef, useState } from 'react'

export function useThrottled<Value>(value: Value, everyMs: number): Value {
  const [shown, setShown] = useState(value)
  const changedAtMs = useRef(-Infinity)
  useEffect(() => {
    const restMs = Math.max(0, changedAtMs.current + everyMs - performance.now())
    const timer = setTimeout(() => {
      changedAtMs.current = performance.now()
      setShown(value)
    }, restMs)
    return () => clearTimeout(timer)
  }, [value, everyMs])
  return shown
}
