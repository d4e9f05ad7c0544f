/** What several forms show: the findings of the notebook, and a part that folds. */

import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Form } from '../api/client';
import { cellText } from '../ui/cells';
import { byGrade, errorsOf, gradeOf, gradeWord, signOf } from '../ui/grade';
import { Ticked } from '../ui/ticked';

/** Whether a notebook is refused as it is. */
export function isRefused(findings: readonly Form<'Finding'>[]): boolean {
  return errorsOf(findings).length > 0;
}

function List(props: { findings: readonly Form<'Finding'>[]; trans: TranslationBundle }): React.JSX.Element {
  const { findings, trans } = props;
  return (
    <ul className="jp-MlopsForm-findings">
      {findings.map((finding, index) => (
        <li key={index}>
          <span aria-hidden="true">{signOf(finding)}</span>{' '}
          <span className="jp-MlopsHidden">{gradeWord(finding, trans)}: </span>
          {finding.cell === null ? '' : `${cellText(trans, finding.cell)}: `}
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

/** The findings of a notebook: errors first and in sight, the others folded. */
export function Checks(props: {
  findings: readonly Form<'Finding'>[];
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { findings, trans } = props;
  const errors = errorsOf(findings);
  const others = byGrade(findings).filter(finding => !errors.includes(finding));
  const isWarned = others.every(finding => gradeOf(finding) === 'warning');
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
      {others.length > 0 ? (
        <details className="jp-MlopsForm-warnings">
          <summary>
            {isWarned
              ? trans._n('One warning', '%1 warnings', others.length, others.length)
              : trans._n('One remark', '%1 remarks', others.length, others.length)}
          </summary>
          <List findings={others} trans={trans} />
        </details>
      ) : null}
    </>
  );
}
