/** Whether the user can see an element: what nobody looks at asks the server nothing. */

import { type RefCallback, useCallback, useEffect, useRef, useState } from 'react';

/** A ref for the element, and whether it is in sight; it counts as seen until the browser says otherwise. */
export function useSeen(): [RefCallback<HTMLElement>, boolean] {
  const [isSeen, setSeen] = useState(true);
  const observer = useRef<IntersectionObserver | null>(null);
  const ref = useCallback((node: HTMLElement | null) => {
    observer.current?.disconnect();
    observer.current = null;
    if (node !== null) {
      observer.current = new IntersectionObserver(entries => {
        setSeen(entries.at(-1)?.isIntersecting ?? true);
      });
      observer.current.observe(node);
    }
  }, []);
  useEffect(
    () => () => {
      observer.current?.disconnect();
    },
    []
  );
  return [ref, isSeen];
}
