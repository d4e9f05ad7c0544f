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

/** What a form does about a finding: it closes, and shows the cell or applies a quick fix. */
export interface IMending {
  readonly go: (finding: Form<'Finding'>) => void;
  readonly fix: (fix: Form<'Fix'>) => void;
}

interface IListProps {
  readonly findings: readonly Form<'Finding'>[];
  readonly trans: TranslationBundle;
  /** None where the notebook cannot be changed from here. */
  readonly mending?: IMending | undefined;
}

function List(props: IListProps): React.JSX.Element {
  const { findings, trans, mending } = props;
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
          {mending === undefined ? null : (
            <div className="jp-MlopsFinding-fixes">
              {finding.fixes.map(fix => (
                <button
                  key={fix.title}
                  type="button"
                  className="jp-MlopsButton"
                  onClick={() => {
                    mending.fix(fix);
                  }}
                >
                  <Ticked text={fix.title} />
                </button>
              ))}
              {finding.cell === null ? null : (
                <button
                  type="button"
                  className="jp-MlopsLink"
                  onClick={() => {
                    mending.go(finding);
                  }}
                >
                  {trans.__('Go to the cell')}
                </button>
              )}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The findings of a notebook: errors first and in sight, the others folded. */
export function Checks(props: IListProps): React.JSX.Element | null {
  const { findings, trans, mending } = props;
  const errors = errorsOf(findings);
  const others = byGrade(findings).filter(finding => !errors.includes(finding));
  const isWarned = others.every(finding => gradeOf(finding) === 'warning');
  return (
    <>
      {errors.length > 0 ? (
        <div className="jp-MlopsForm-problem" role="alert">
          <strong>
            {trans._n(
              'One error must be mended or ignored first:',
              '%1 errors must be mended or ignored first:',
              errors.length,
              errors.length
            )}
          </strong>
          <List findings={errors} trans={trans} mending={mending} />
        </div>
      ) : null}
      {others.length > 0 ? (
        <details className="jp-MlopsForm-warnings">
          <summary>
            {isWarned
              ? trans._n('One warning', '%1 warnings', others.length, others.length)
              : trans._n('One remark', '%1 remarks', others.length, others.length)}
          </summary>
          <List findings={others} trans={trans} mending={mending} />
        </details>
      ) : null}
    </>
  );
}
