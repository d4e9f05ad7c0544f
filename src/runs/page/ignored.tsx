/** The findings that were ignored so that the run could start: how many, and each of them when they are unfolded. */

import React from 'react';

import type { Form } from '../../api/client';
import { cellText } from '../../ui/cells';
import { useMlops } from '../../ui/hooks';

export function Ignored(props: { findings: Form<'RunDetail'>['ignored'] }): React.JSX.Element {
  const { trans } = useMlops();
  const { findings } = props;
  return (
    <details className="jp-MlopsFact jp-MlopsIgnored">
      <summary>
        {trans.__('ignored')}{' '}
        <b>{trans._n('one finding', '%1 findings', findings.length, findings.length)}</b>
      </summary>
      <ul>
        {findings.map((each, index) => (
          <li key={index}>
            {each.cell === null ? '' : `${cellText(trans, each.cell, each.line)}: `}
            <code>{each.code}</code> {each.message} ({each.by})
          </li>
        ))}
      </ul>
    </details>
  );
}
