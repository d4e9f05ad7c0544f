/** A section of the panel: a heading that folds, and what is below it. */

import React, { useId, useState } from 'react';

import { useMlops, useRemembered } from './hooks';

/** From so many rows on a list has a filter; the number of fewer is at the right of the heading. */
export const MANY = 6;

export interface ISectionProps {
  /** Under which its folding is remembered. */
  readonly name: string;
  readonly title: string;
  /** At the right of the heading: a number, a name, a filter. */
  readonly aside?: React.ReactNode;
  /** Whether there is nothing to show: then the section is one line, until the user opens it. */
  readonly isEmpty?: boolean;
  /** Whether the content takes the height that is left. */
  readonly isGreedy?: boolean;
  readonly children: React.ReactNode;
}

export function Section(props: ISectionProps): React.JSX.Element {
  const [isPutAway, setPutAway] = useRemembered(`folded-${props.name}`, false);
  const [isOpened, setOpened] = useState(false);
  const { trans } = useMlops();
  const isEmpty = props.isEmpty === true;
  // Empty, it is folded without being remembered so: what comes into it is shown.
  const isFolded = isPutAway || (isEmpty && !isOpened);
  const isKept = isFolded && !isPutAway;
  const id = useId();
  const classes = ['jp-MlopsSection'];
  if (props.isGreedy && !isFolded && !isEmpty) {
    classes.push('jp-mod-greedy');
  }
  return (
    <section className={classes.join(' ')} data-section={props.name} aria-labelledby={`${id}-title`}>
      <h3 className="jp-MlopsSection-head">
        <button
          type="button"
          id={`${id}-title`}
          className="jp-MlopsSection-fold"
          aria-expanded={!isFolded}
          aria-controls={`${id}-body`}
          onClick={() => {
            setPutAway(!isFolded && !isEmpty);
            setOpened(isFolded && isEmpty);
          }}
        >
          <span aria-hidden="true" className="jp-MlopsSection-arrow">
            {isFolded ? '▸' : '▾'}
          </span>
          {props.title}
        </button>
        <span className="jp-MlopsSection-aside">{isKept ? trans.__('none yet') : props.aside}</span>
      </h3>
      {/* What asks whether there is something now has to be there, and in sight, to ask. */}
      <div
        id={`${id}-body`}
        className={isKept ? 'jp-MlopsSection-body jp-mod-mlopsKept' : 'jp-MlopsSection-body'}
        hidden={isPutAway}
      >
        {isPutAway ? null : props.children}
      </div>
    </section>
  );
}
