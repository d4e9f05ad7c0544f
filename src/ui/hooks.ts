/** What components share: the lab, the look at the notebook, whether the server answers, the time. */

import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore
} from 'react';

import type { Reach } from '../api/live';
import type { ILook, IMlops } from '../context';

export const MlopsContext = createContext<IMlops | null>(null);

/** What the plugins share. */
export function useMlops(): IMlops {
  const mlops = useContext(MlopsContext);
  if (mlops === null) {
    throw new Error('no MlopsContext around this component');
  }
  return mlops;
}

/** Whether the server answers. */
export function useReach(): Reach {
  const { live } = useMlops();
  const subscribe = useCallback(
    (notify: () => void) => {
      live.stateChanged.connect(notify);
      return () => {
        live.stateChanged.disconnect(notify);
      };
    },
    [live]
  );
  return useSyncExternalStore(subscribe, () => live.reach);
}

const NO_LOOK: ILook = { path: null, inspection: null, error: null, isLooking: false };

/** The newest look at the current notebook. */
export function useLook(): ILook {
  const { inspector } = useMlops();
  const subscribe = useCallback(
    (notify: () => void) => {
      inspector?.changed.connect(notify);
      return () => {
        inspector?.changed.disconnect(notify);
      };
    },
    [inspector]
  );
  return useSyncExternalStore(subscribe, () => inspector?.look ?? NO_LOOK);
}

/** The time, again every `interval` ms; it stands still with null. */
export function useNow(interval: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (interval === null) {
      return;
    }
    setNow(Date.now());
    const timer = window.setInterval(() => {
      setNow(Date.now());
    }, interval);
    return () => {
      window.clearInterval(timer);
    };
  }, [interval]);
  return now;
}

/** A value that survives a reload of the page. */
export function useRemembered<T>(key: string, initial: T): [T, (value: T) => void] {
  const { state } = useMlops();
  const [value, setValue] = useState(initial);
  const isTouched = useRef(false);
  const id = `jupyter-mlops:${key}`;
  useEffect(() => {
    let isMounted = true;
    void state?.fetch(id).then(found => {
      if (isMounted && !isTouched.current && found !== undefined) {
        setValue((found as { value: T }).value);
      }
    });
    return () => {
      isMounted = false;
    };
  }, [state, id]);
  const remember = useCallback(
    (next: T) => {
      isTouched.current = true;
      setValue(next);
      void state?.save(id, { value: next as string });
    },
    [state, id]
  );
  return [value, remember];
}

/** A value that follows another one after `ms` of quiet. */
export function useQuiet<T>(value: T, ms: number): T {
  const [quiet, setQuiet] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => {
      setQuiet(value);
    }, ms);
    return () => {
      window.clearTimeout(timer);
    };
  }, [value, ms]);
  return quiet;
}

/** Whether the theme is a light one; follows the user's choice. */
export function useIsLight(): boolean {
  const read = (): boolean => document.body.dataset.jpThemeLight !== 'false';
  const [isLight, setLight] = useState(read);
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setLight(read());
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light'] });
    return () => {
      observer.disconnect();
    };
  }, []);
  return isLight;
}
