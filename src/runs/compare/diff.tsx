/** The difference of one step's code, line by line. */

import React from 'react';

import type { Form } from '../../api/client';
import { useMlops } from '../../ui/hooks';

export function Diff(props: { step: Form<'ComparedStep'>; letter: string }): React.JSX.Element {
  const { trans } = useMlops();
  const { step, letter } = props;
  const words: Readonly<Record<typeof step.change, string>> = {
    same: trans.__('the same'),
    changed: trans.__('changed'),
    added: trans.__('only in %1', letter),
    removed: trans.__('not in %1', letter)
  };
  const signs = { same: ' ', added: '+', removed: '−', gap: '⋯' } as const;
  if (step.diff.length === 0) {
    return (
      <div className="jp-MlopsDiff-same">
        <b>{step.name}</b> <span className="jp-MlopsHint">{`${letter}: ${words[step.change]}`}</span>
      </div>
    );
  }
  return (
    <details className="jp-MlopsDiff" open>
      <summary>
        <b>{step.name}</b> <span className="jp-MlopsHint">{`${letter}: ${words[step.change]}`}</span>
      </summary>
      <div
        className="jp-MlopsDiff-lines"
        tabIndex={0}
        role="group"
        aria-label={trans.__('Changes of step %1', step.name)}
      >
        {step.diff.map((line, index) => (
          <div key={index} className={`jp-MlopsDiff-line jp-mod-${line.kind}`}>
            <span className="jp-MlopsDiff-sign">{signs[line.kind]}</span>
            {line.text}
          </div>
        ))}
      </div>
    </details>
  );
}
