/** What the user should know about the notebook before a run: each with its place, its hint and its quick fixes. */

import React from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { cellText } from '../ui/cells';
import { byGrade, gradeOf, gradeWord, signOf } from '../ui/grade';
import { useMlops } from '../ui/hooks';
import { Ticked } from '../ui/ticked';

function Finding(props: { path: string; finding: Form<'Finding'> }): React.JSX.Element {
  const { app, inspector, trans } = useMlops();
  const { path, finding } = props;
  const { cell, line } = finding;
  return (
    <li className={`jp-MlopsFinding jp-mod-${gradeOf(finding)}`}>
      <span className="jp-MlopsFinding-sign" aria-hidden="true">
        {signOf(finding)}
      </span>
      <div>
        <span className="jp-MlopsHidden">{gradeWord(finding, trans)}: </span>
        {cell === null ? null : (
          <button
            type="button"
            className="jp-MlopsLink"
            title={trans.__('Show the cell')}
            onClick={() => void app.commands.execute(CommandIds.openCell, { path, cell, line })}
          >
            {cellText(trans, cell)}
          </button>
        )}
        {cell === null ? '' : ': '}
        <Ticked text={finding.message} />
        {finding.ignored_by ? (
          <div className="jp-MlopsHint">
            <Ticked text={trans.__('ignored by %1; delete that to heed it again', finding.ignored_by)} />
          </div>
        ) : finding.hint ? (
          <div className="jp-MlopsHint">
            <Ticked text={finding.hint} />
          </div>
        ) : null}
        {finding.fixes.length === 0 ? null : (
          <div className="jp-MlopsFinding-fixes">
            {finding.fixes.map(fix => (
              <button
                key={fix.title}
                type="button"
                className="jp-MlopsButton"
                onClick={() => inspector?.apply(fix)}
              >
                <Ticked text={fix.title} />
              </button>
            ))}
          </div>
        )}
      </div>
    </li>
  );
}

/** The findings, the gravest first. */
export function Findings(props: {
  path: string;
  findings: readonly Form<'Finding'>[];
}): React.JSX.Element | null {
  const { trans } = useMlops();
  if (props.findings.length === 0) {
    return null;
  }
  return (
    <ul className="jp-MlopsFindings" aria-label={trans.__('Findings')}>
      {byGrade(props.findings).map((finding, index) => (
        <Finding key={`${finding.code}-${index}`} path={props.path} finding={finding} />
      ))}
    </ul>
  );
}
