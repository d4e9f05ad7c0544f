/** A Vega-Lite chart, drawn by the lab's own renderer in the colours of the theme. */

import React, { useEffect, useRef, useState } from 'react';

import { useMlops } from './hooks';

const VEGA = 'application/vnd.vegalite.v5+json';
/** With a picture beside it the renderer makes none, which would cost more than the drawing. */
const NO_PICTURE = 'iVBORw0KGgo=';

/** Gives the value of a variable of the theme. */
export type Color = (variable: string) => string;

/** The colour of a variable of the theme, as a chart needs it. */
function themed(variable: string): string {
  return getComputedStyle(document.body).getPropertyValue(variable).trim();
}

/** The name of the theme; follows the user's choice. */
export function useTheme(): string {
  const [theme, setTheme] = useState(document.body.dataset.jpThemeName ?? '');
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setTheme(document.body.dataset.jpThemeName ?? '');
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name'] });
    return () => {
      observer.disconnect();
    };
  }, []);
  return theme;
}

interface IVegaProps {
  readonly label: string;
  /** Makes the chart; called again when it or the theme is another one. */
  readonly spec: (color: Color) => Record<string, unknown>;
  /** What is said where there is no renderer. */
  readonly otherwise?: React.ReactNode;
}

export function Vega(props: IVegaProps): React.JSX.Element {
  const { rendermime } = useMlops();
  const { label, spec, otherwise } = props;
  const box = useRef<HTMLDivElement>(null);
  const old = useRef<{ dispose: () => void } | null>(null);
  const [isMissing, setMissing] = useState(!rendermime?.mimeTypes.includes(VEGA));
  const theme = useTheme();
  useEffect(() => {
    const room = box.current;
    if (isMissing || rendermime === null || room === null) {
      return;
    }
    let isWanted = true;
    const renderer = rendermime.createRenderer(VEGA);
    const model = rendermime.createModel({
      data: { [VEGA]: spec(themed) as never, 'image/png': NO_PICTURE },
      metadata: { [VEGA]: { embed_options: { actions: false } } },
      trusted: true
    });
    renderer.renderModel(model).then(
      () => {
        if (isWanted) {
          // The chart before stays until the next is drawn: nothing flickers.
          room.replaceChildren(renderer.node);
          old.current?.dispose();
          old.current = renderer;
        } else {
          renderer.dispose();
        }
      },
      (error: unknown) => {
        console.warn('jupyter-mlops: a chart cannot be drawn.', error);
        renderer.dispose();
        setMissing(true);
      }
    );
    return () => {
      isWanted = false;
    };
  }, [spec, rendermime, theme, isMissing]);
  useEffect(
    () => () => {
      old.current?.dispose();
      old.current = null;
    },
    []
  );
  return isMissing ? (
    <>{otherwise}</>
  ) : (
    <div ref={box} className="jp-MlopsChart" role="img" aria-label={label} />
  );
}
