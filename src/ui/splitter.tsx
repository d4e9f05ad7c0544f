/** The bar that makes a drawer wider or narrower. */

import React, { useRef } from 'react';

import { useMlops } from './hooks';

/** The bar at the left of the drawer: drag it, or move it with the arrow keys. */
export function Splitter(props: {
  width: number;
  onWidth: (width: number) => void;
  label?: string;
}): React.JSX.Element {
  const { trans } = useMlops();
  const { width, onWidth, label } = props;
  const start = useRef<{ x: number; width: number } | null>(null);
  const clamp = (wanted: number): number => Math.round(Math.min(1200, Math.max(260, wanted)));
  return (
    <div
      className="jp-MlopsSplitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label ?? trans.__('Width of the step’s drawer')}
      aria-valuenow={width}
      aria-valuemin={260}
      aria-valuemax={1200}
      tabIndex={0}
      onPointerDown={event => {
        start.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={event => {
        if (start.current) {
          onWidth(clamp(start.current.width + start.current.x - event.clientX));
        }
      }}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={event => {
        const by = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
        if (by !== undefined) {
          event.preventDefault();
          onWidth(clamp(width + by));
        }
      }}
    />
  );
}
