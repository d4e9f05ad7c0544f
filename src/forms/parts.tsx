/** What several forms show: the findings of the notebook, and a part that folds. */

import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Form } from '../api/client';
import { Ticked } from '../ui/ticked';

/** Whether a notebook is refused as it is. */
export function isRefused(findings: readonly Form<'Finding'>[]): boolean {
  return findings.some(finding => finding.severity === 'error');
}

function List(props: { findings: readonly Form<'Finding'>[]; trans: TranslationBundle }): React.JSX.Element {
  const { findings, trans } = props;
  return (
    <ul className="jp-MlopsForm-findings">
      {findings.map((finding, index) => (
        <li key={index}>
          <span aria-hidden="true">{finding.severity === 'error' ? '✗' : '▲'}</span>{' '}
          {finding.cell === null ? '' : `${trans.__('cell %1', finding.cell)}: `}
          <Ticked text={finding.message} />
          {finding.hint ? (
            <div className="jp-MlopsForm-note">
              <Ticked text={finding.hint} />
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** The findings of a notebook: errors first and in sight, warnings folded. */
export function Checks(props: {
  findings: readonly Form<'Finding'>[];
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { findings, trans } = props;
  const errors = findings.filter(finding => finding.severity === 'error');
  const warnings = findings.filter(finding => finding.severity !== 'error');
  return (
    <>
      {errors.length > 0 ? (
        <div className="jp-MlopsForm-problem" role="alert">
          <strong>
            {trans._n(
              'One error must be mended first:',
              '%1 errors must be mended first:',
              errors.length,
              errors.length
            )}
          </strong>
          <List findings={errors} trans={trans} />
        </div>
      ) : null}
      {warnings.length > 0 ? (
        <details className="jp-MlopsForm-warnings">
          <summary>{trans._n('One warning', '%1 warnings', warnings.length, warnings.length)}</summary>
          <List findings={warnings} trans={trans} />
        </details>
      ) : null}
    </>
  );
}
