/** How grave a finding is, and how that is shown: an error refuses the notebook unless it is ignored. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form } from '../api/client';

type Finding = Form<'Finding'>;

/** The grades, the gravest first. */
const GRADES = ['error', 'warning', 'hint', 'ignored'] as const;

export type Grade = (typeof GRADES)[number];

const SIGNS: Readonly<Record<Grade, string>> = { error: '✗', warning: '▲', hint: '◇', ignored: '○' };

/** The grade of a finding. */
export function gradeOf(finding: Finding): Grade {
  return finding.ignored ? 'ignored' : finding.severity;
}

/** The sign of a finding. */
export function signOf(finding: Finding): string {
  return SIGNS[gradeOf(finding)];
}

/** The word of a finding's grade. */
export function gradeWord(finding: Finding, trans: TranslationBundle): string {
  const words: Record<Grade, string> = {
    error: trans.__('Error'),
    warning: trans.__('Warning'),
    hint: trans.__('Hint'),
    ignored: trans.__('Ignored')
  };
  return words[gradeOf(finding)];
}

/** The findings, the gravest first. */
export function byGrade(findings: readonly Finding[]): Finding[] {
  const rank = (finding: Finding): number => GRADES.indexOf(gradeOf(finding));
  return [...findings].sort((a, b) => rank(a) - rank(b));
}

/** The findings that refuse the notebook. */
export function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(finding => gradeOf(finding) === 'error');
}
