/** A section of the panel: a heading that folds, and what is below it. */

import React, { useId } from 'react';

import { useRemembered } from './hooks';

/** From so many rows on a list has a filter; the number of fewer is at the right of the heading. */
export const MANY = 6;

export interface ISectionProps {
  /** Under which its folding is remembered. */
  readonly name: string;
  readonly title: string;
  /** At the right of the heading: a number, a name, a filter. */
  readonly aside?: React.ReactNode;
  /** Whether the content takes the height that is left. */
  readonly isGreedy?: boolean;
  readonly children: React.ReactNode;
}

export function Section(props: ISectionProps): React.JSX.Element {
  const [isFolded, setFolded] = useRemembered(`folded-${props.name}`, false);
  const id = useId();
  const classes = ['jp-MlopsSection'];
  if (props.isGreedy && !isFolded) {
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
            setFolded(!isFolded);
          }}
        >
          <span aria-hidden="true" className="jp-MlopsSection-arrow">
            {isFolded ? '▸' : '▾'}
          </span>
          {props.title}
        </button>
        <span className="jp-MlopsSection-aside">{props.aside}</span>
      </h3>
      <div id={`${id}-body`} className="jp-MlopsSection-body" hidden={isFolded}>
        {isFolded ? null : props.children}
      </div>
    </section>
  );
}
