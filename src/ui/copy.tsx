/** A button that puts a text on the clipboard, and says so. */

import { copyIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import { useMlops } from './hooks';

/** How long it says so, in ms. */
const SAID_MS = 1500;

interface ICopyProps {
  readonly text: string | (() => string);
  /** What it is, for the label: `the address`. */
  readonly what: string;
  /** A word on the button; an icon without it. */
  readonly word?: string;
  /** Whether it is a word among others, and no button. */
  readonly isLink?: boolean;
}

export function Copy(props: ICopyProps): React.JSX.Element {
  const { trans } = useMlops();
  const { text, what, word, isLink = false } = props;
  const [said, setSaid] = useState<'' | 'done' | 'failed'>('');
  const say = (outcome: 'done' | 'failed'): void => {
    setSaid(outcome);
    window.setTimeout(() => {
      setSaid('');
    }, SAID_MS);
  };
  const sign = said === 'done' ? '✓' : '✗';
  const label = trans.__('Copy %1', what);
  return (
    <button
      type="button"
      className={isLink ? 'jp-MlopsLink' : word === undefined ? 'jp-MlopsIconButton' : 'jp-MlopsButton'}
      aria-label={label}
      title={said === 'failed' ? trans.__('This browser does not let pages copy') : label}
      onClick={() => {
        // Without https or localhost there is no clipboard at all.
        const writing = (navigator.clipboard as Clipboard | undefined)?.writeText(
          typeof text === 'string' ? text : text()
        );
        (writing ?? Promise.reject(new Error('no clipboard'))).then(
          () => {
            say('done');
          },
          () => {
            say('failed');
          }
        );
      }}
    >
      {said !== '' ? sign : isLink ? null : <copyIcon.react tag="span" width="12px" height="12px" />}
      {word === undefined ? null : ` ${word}`}
      <span className="jp-MlopsHidden" role="status">
        {said === 'done' ? trans.__('copied') : ''}
      </span>
    </button>
  );
}
